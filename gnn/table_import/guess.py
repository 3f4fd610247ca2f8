"""A mapping for a table that nobody described: by the names of its columns and by what they hold.

A column is only mapped where both agree. Whatever is not sure stays a comment, for a person to decide.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.events.currency import CODES
from domain.events.event import MAX_ATTRIBUTES
from domain.graph import EVENT_TYPES
from gnn.table_import.errors import TableError
from gnn.table_import.guess_times import guessed_time
from gnn.table_import.labels import FRAUD, LEGITIMATE, UNKNOWN
from gnn.table_import.mapping_file import load_mapping
from gnn.table_import.preview import preview
from gnn.table_import.sample import Column, Sample, take_sample
from gnn.table_import.yaml_lines import listed, scalar, with_comment

NAMES: dict[str, tuple[str, ...]] = {
    "event_id": ("eventid", "transactionid", "transid", "transnum", "txid", "orderid", "paymentid", "id", "uuid"),
    "account": (
        "accountid", "account", "customerid", "customer", "clientid", "client", "userid", "user", "memberid", "nameorig", "payerid",
        "senderid", "sender", "accountnumber", "cardholderid", "entityid", "ccnum", "cardid", "cardnumber", "emailaddress", "email",
        "customeremail",
    ),
    "device": ("deviceid", "device", "devicefingerprint", "fingerprint", "deviceinfo", "cookieid", "cookie", "useragent"),
    "payment": ("paymentinstrument", "paymenttoken", "cardtoken", "cardid", "ccnum", "cardnumber", "cardbin", "iban"),
    "merchant": (
        "merchantid", "merchant", "merchantname", "terminalid", "terminal", "shopid", "storeid", "sellerid", "seller", "namedest",
        "payeeid", "receiverid", "receiver", "beneficiaryid",
    ),
    "amount": (
        "amount", "amt", "transactionamt", "transactionamount", "txamount", "amountusd", "orderprice", "orderamount", "ordertotal",
        "purchasevalue", "purchaseamount", "totalamount", "total", "price",
    ),
    "currency": ("currency", "currencycode", "paymentcurrency", "transactioncurrency", "cur"),
    "label": (
        "isfraud", "fraud", "fraudbool", "txfraud", "fraudlabel", "eventlabel", "fraudulent", "isfraudulent", "chargeback", "class",
        "label",
    ),
}  # fmt: skip
"""Key to names of columns, the surest first; small letters, nothing between words."""
KNOWN = {
    "IEEE-CIS: deploy/mappings/ieee_cis.yaml is made for it": ("TransactionID", "TransactionDT", "TransactionAmt", "card1", "addr1"),
    "PaySim: deploy/mappings/paysim.yaml says which of them must not be used": ("step", "nameOrig", "nameDest", "isFraud"),
    "Sparkov: deploy/mappings/sparkov.yaml is made for it": ("trans_date_trans_time", "cc_num", "trans_num", "merch_lat"),
    "Bank Account Fraud: deploy/mappings/baf.yaml is made for it": ("fraud_bool", "name_email_similarity", "velocity_6h", "month"),
    "TabFormer: deploy/mappings/tabformer.yaml is made for it": ("User", "Card", "Use Chip", "Merchant Name", "Is Fraud?"),
    "the Fraud Detection Handbook: deploy/mappings/handbook.yaml is made for it": ("TX_DATETIME", "TERMINAL_ID", "TX_FRAUD"),
}
"""What the page on public sets says of a set, by some of its columns."""
ADDRESS = {
    "line1": ("street", "address", "line1", "address1"),
    "city": ("city",),
    "region": ("state", "region", "province"),
    "postal_code": ("zip", "zipcode", "postal", "postalcode", "postcode"),
    "country": ("country",),
}
_TELLING = re.compile(r"fraud|label|charge_?back|scenario|flag|target|class|risk|score", re.IGNORECASE)
_NAMING = re.compile(
    r"id\d*$|^card\d*$|num$|number$|zip|postal|phone|merchantname|time|date|day|month|year|hour|step|dob|row$|index$|^ip|ip$|address"
)
"""Names of columns whose numbers name things or count time, and so are no inputs."""
_WORDS = {*FRAUD, *LEGITIMATE, *UNKNOWN}
_FEW, _MANY, _ROWS = 40, 10, 20
"""Distinct values of a text that sorts rows, and of a number that measures; rows that are enough to tell."""


def guess_mapping(table: Path) -> tuple[str, bool]:
    """Return the text of a mapping file, and whether it is complete. Raises `TableError`."""
    guess = _Guess(take_sample(table))
    names = [column.name for column in guess.sample.columns]
    for name in names:
        if names.count(name) > 1:
            raise TableError(f"{table}: has {names.count(name)} columns named {name!r}; rename all but one")
    lines = guess.lines()
    text = f"# A guess from the first {guess.sample.rows:,} rows of {table.name}. Read it line by line, then try:\n"
    text += "#   ringwatch import --check THIS.yaml TABLE\n" + _known(guess.sample) + "\n".join(lines) + "\n"
    return (text + _tried(text, table), True) if guess.complete else (text, False)


def _known(sample: Sample) -> str:
    """Return a comment that names the public set whose columns these are."""
    names = {column.name for column in sample.columns}
    return "".join(f"# These are columns of {said}\n" for said, columns in KNOWN.items() if names.issuperset(columns))


def _tried(text: str, table: Path) -> str:
    """Return a comment on what the guessed mapping makes of the first rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guess.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            seen = preview(load_mapping(path), table)
        except TableError as error:
            return f"# Tried, and it fails: {str(error).replace(str(path), 'the mapping')}\n"
    fault = f"; {seen.first_fault}" if seen.first_fault else ""
    return f"# Tried: {len(seen.events):,} of the first {seen.rows:,} rows become events, {seen.frauds:,} labelled fraud{fault}\n"


class _Guess:
    """The guesses for one sample; a column is used once, but for a card that is the account as well."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.used: set[str] = set()
        self.complete = False

    def lines(self) -> list[str]:
        """Return the lines of the mapping."""
        label, time = self._label(), guessed_time(self.sample)
        self.used.update(time.columns)
        created = self._created()
        who = self._account()
        amount = self._amount()
        others = [*self._entities(), *self._address(), *amount, *self._currency(), *created, *label]
        self.complete = bool(time.columns) and bool(who[1])
        first = [self._event_type(bool(amount)), *self._event_id(), *time.lines, who[0]]
        return [*first, *others, *self._attributes(), *self._csv(), *self._rest()]

    def _find(self, key: str, fits: Callable[[Column], bool], again: bool = False) -> Column | None:
        for name in NAMES[key]:
            for column in self.sample.columns:
                if column.key == name and (again or column.name not in self.used) and fits(column):
                    self.used.add(column.name)
                    return column
        return None

    def _event_type(self, paid: bool) -> str:
        for column in self.sample.columns:
            if column.all(lambda value: value in EVENT_TYPES):
                self.used.add(column.name)
                return with_comment(f"event_type: {{column: {scalar(column.name)}}}", "its values are event types")
        if not paid:
            return with_comment("event_type: signup", "a guess: there is no amount; see docs/mapping.md for the other types")
        return with_comment("event_type: payment", "a guess: there is an amount; order is the other choice")

    def _event_id(self) -> list[str]:
        column = self._find("event_id", lambda c: len(c.values) == c.rows == c.distinct and c.kind != "number")
        if column is None:
            return ["# event_id: not recognised, so that each row's number is its id"]
        return [with_comment(f"event_id: {scalar(column.name)}", f"{column.distinct:,} rows, all different")]

    def _account(self) -> tuple[str, Column | None]:
        column = self._find("account", _is_id)
        if column is None:
            return "# account: not recognised; name the column, or a list of columns, that says who acts", None
        return with_comment(f"account: {scalar(column.name)}", _seen(column)), column

    def _entities(self) -> list[str]:
        lines = []
        account_is_card = next((c for c in self.sample.columns if c.key in ("ccnum", "cardid", "cardnumber")), None)
        for key in ("device", "payment", "merchant"):
            again = key == "payment" and account_is_card is not None
            column = self._find(key, _is_id, again)
            if column is None and key == "payment":
                lines += self._card_of_user()
            if column is not None:
                lines.append(with_comment(f"{key}: {scalar(column.name)}", _seen(column)))
        for key, fits in (("email", _is_email), ("ip", _is_address)):
            column = next((c for c in self.sample.columns if fits(c) and (key == "email" or c.name not in self.used)), None)
            if column is not None:
                self.used.add(column.name)
                lines.append(with_comment(f"{key}: {scalar(column.name)}", f"all values look so; {_seen(column)}"))
        return lines

    def _card_of_user(self) -> list[str]:
        """Return a card that is a small number within its user."""
        user = next((c for c in self.sample.columns if c.key in ("user", "userid") and c.name in self.used), None)
        card = next((c for c in self.sample.columns if c.key in ("card", "cardindex") and c.kind == "integer"), None)
        if user is None or card is None or card.distinct > _FEW:
            return []
        self.used.add(card.name)
        return [with_comment(f"payment: {listed([user.name, card.name])}", "the card is a small number, so that it counts within its user")]

    def _address(self) -> list[str]:
        for prefix in ("", "billing", "customer", "shipping"):
            parts = {}
            for part, names in ADDRESS.items():
                column = next(
                    (c for c in self.sample.columns if c.key in [prefix + name for name in names] and c.name not in self.used), None
                )
                if column is not None and column.values:
                    parts[part] = column
            if "line1" in parts and len(parts) > 1:
                self.used.update(column.name for column in parts.values())
                inner = ", ".join(f"{part}: {scalar(column.name)}" for part, column in parts.items())
                return [with_comment(f"address: {{{inner}}}", f"{parts['line1'].distinct:,} streets")]
        return []

    def _amount(self) -> list[str]:
        column = self._find("amount", lambda c: c.kind in ("integer", "number", "money"))
        if column is None:
            return []
        more = []
        if column.kind == "money":
            signs = sorted({sign for value in column.values for sign in re.findall(r"[$€£]", value)})
            more.append(f"symbols: {listed(signs)}")
            if any("," in value for value in column.values):
                more.append('thousands: ","')
        if any("-" in value for value in column.values):
            more.append("negative: refund_request")
        name = scalar(column.name)
        text = f"amount: {{column: {name}, {', '.join(more)}}}" if more else f"amount: {name}"
        said = "numbers" + (", some below zero: money that goes back, which you must confirm" if "negative: refund_request" in more else "")
        return [with_comment(text, said)]

    def _currency(self) -> list[str]:
        column = self._find("currency", lambda c: c.all(lambda value: value in CODES))
        return [] if column is None else [with_comment(f"currency: {scalar(column.name)}", f"ISO 4217, {column.distinct} of them")]

    def _created(self) -> list[str]:
        names = ("signuptime", "signupdate", "accountcreatedat", "registeredat", "registrationdate", "accountopened", "customersince")
        column = next((c for c in self.sample.columns if c.key in names and c.kind == "time"), None)
        if column is None or column.name in self.used:
            return []
        self.used.add(column.name)
        return [with_comment(f"account_created_at: {scalar(column.name)}", "times, and the name says so")]

    def _label(self) -> list[str]:
        column = self._find("label", lambda c: c.all(lambda value: value.lower() in _WORDS) and c.distinct > 1)
        if column is None:
            column = self._find("label", lambda c: c.all(lambda value: value.lower() in _WORDS))
        if column is None:
            return ["# label: not recognised; without one, no model can be trained"]
        yes = sum(value.lower() in FRAUD for value in column.values)
        text = f"label: {{column: {scalar(column.name)}, delay: 30d}}"
        return [with_comment(text, f"{yes:,} of {len(column.values):,} fraud; the delay is a guess: when is a fraud known?")]

    def _attributes(self) -> list[str]:
        numeric, categorical = [], []
        for column in self.sample.columns:
            if column.name in self.used or _TELLING.search(column.name) or column.distinct < 2:
                continue
            if _NAMING.search(column.key) or len(column.values) < _ROWS:
                continue
            if column.kind in ("integer", "number") and column.distinct > _MANY:
                numeric.append(column.name)
            elif column.kind in ("text", "integer", "number") and column.distinct <= min(_FEW, max(2, len(column.values) // 3)):
                categorical.append(column.name)
        numeric, categorical = numeric[: MAX_ATTRIBUTES // 2], categorical[: MAX_ATTRIBUTES // 2]
        self.used.update(numeric, categorical)
        if not numeric and not categorical:
            return []
        lines = [with_comment("attributes:", "inputs; strike each that is only known after the event")]
        lines += [f"  numeric: {listed(numeric)}"] if numeric else []
        return lines + ([f"  categorical: {listed(categorical)}"] if categorical else [])

    def _csv(self) -> list[str]:
        if self.sample.delimiter is None:
            return []
        return [with_comment(f"csv: {{delimiter: {scalar(self.sample.delimiter)}}}", "gives all rows as many fields as the header")]

    def _rest(self) -> list[str]:
        rest = [column for column in self.sample.columns if column.name not in self.used]
        telling = [c.name for c in rest if _TELLING.search(c.name)]
        others = [c.name for c in rest if c.name not in telling]
        lines = _comment_list("left out, as it may tell the answer", telling)
        return lines + _comment_list("not recognised", others)


def _comment_list(said: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return [f"# {said}: {', '.join(repr(name)[1:-1] for name in names[:40])}{more}"]


def _is_id(column: Column) -> bool:
    """Return whether the values can name things: no fractions, more than two, seldom missing."""
    return column.kind in ("integer", "text", "email") and column.distinct > 2 and len(column.values) >= 0.5 * column.rows


def _is_email(column: Column) -> bool:
    return column.kind == "email"


def _is_address(column: Column) -> bool:
    """Return whether the values are IP addresses, or the numbers of some where the name says so."""
    if column.kind == "ip":
        return True
    named = re.search(r"(^|_)ip($|_)", column.name.lower()) is not None
    numbers = column.numbers if named and column.kind in ("integer", "number") else []
    return bool(numbers) and min(numbers) >= 0 and 2**24 <= max(numbers) < 2**32


def _seen(column: Column) -> str:
    return f"{column.distinct:,} different in {len(column.values):,} rows"
