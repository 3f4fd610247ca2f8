"""A mapping for a table that nobody described: by the names of its columns and by what they hold.

A column is only mapped where both agree. Whatever is not sure stays a comment, for a person to decide.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from domain.events.currency import CODES
from domain.events.event import MAX_ATTRIBUTES
from domain.graph import EVENT_TYPES
from gnn.table_import.errors import TableError
from gnn.table_import.guess.amount import GuessedAmount, guessed_amount
from gnn.table_import.guess.label import answers, guessed_label
from gnn.table_import.guess.sample import Column, Sample, take_sample
from gnn.table_import.guess.times import guessed_time
from gnn.table_import.guess.value_kinds import ENOUGH, guest, is_address, is_email, is_id, is_kind, is_naming, seen_values
from gnn.table_import.guess.yaml_lines import listed, scalar, with_comment
from gnn.table_import.keys.mapping_file import load_mapping
from gnn.table_import.preview import preview

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
    "currency": ("currency", "currencycode", "paymentcurrency", "transactioncurrency", "cur"),
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
_FEW, _MANY = 40, 10
"""Distinct values of a text that sorts rows, and of a number that measures."""


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
            return f"# Tried, and it fails: {_said(str(error), path)}\n"
    if seen.problem:
        return f"# Tried, and an import of the first {seen.report.rows:,} rows fails: {_said(seen.problem, path)}\n"
    made, report = f"{seen.report.events:,} of the first {seen.report.rows:,} rows become events", seen.report
    more = "".join(f"# Look at: {_said(note, path)}\n" for note in report.warnings)
    neither = f"# No label: {report.neither}\n" if report.neither else ""
    return f"# Tried: {made}, {report.frauds:,} labelled fraud\n{neither}{more}"


def _said(text: str, path: Path) -> str:
    return text.replace(str(path), "the mapping")


class _Guess:
    """The guesses for one sample; a column is used once, but for a card that is the account as well."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.used: set[str] = set()
        self.complete = False
        self.answers: Mapping[str, str] = {}
        """Columns that tell the answer, and why each is no input."""

    def lines(self) -> list[str]:
        """Return the lines of the mapping."""
        label, column = guessed_label(self.sample)
        self.answers = answers(self.sample, column)
        time = guessed_time(self.sample)
        self.used.update((*time.columns, *([] if column is None else [column.name])))
        created = self._created()
        who = self._account()
        amount = guessed_amount(self.sample, self.used)
        self.used.update([] if amount.column is None else [amount.column.name])
        said = [f"# amount: not recognised; {amount.problem}"] if amount.problem else amount.lines
        others = [*self._entities(), *self._address(), *said, *self._currency(), *created, *label]
        event_type = self._event_type(amount)
        self.complete = bool(time.columns) and bool(who[1]) and not event_type.startswith("#")
        first = [event_type, *self._event_id(), *time.lines, *who[0]]
        return [*first, *others, *self._attributes(amount.doubted), *self._csv(), *self._rest()]

    def _find(self, key: str, fits: Callable[[Column], bool], again: bool = False) -> Column | None:
        for name in NAMES[key]:
            for column in self.sample.columns:
                if column.key == name and (again or column.name not in self.used) and fits(column):
                    self.used.add(column.name)
                    return column
        return None

    def _event_type(self, amount: GuessedAmount) -> str:
        for column in self.sample.columns:
            if column.all(lambda value: value in EVENT_TYPES):
                self.used.add(column.name)
                return with_comment(f"event_type: {{column: {scalar(column.name)}}}", "its values are event types")
        if amount.problem:
            return "# event_type: not recognised; write order, payment or another type of docs/mapping.md (see amount below)"
        if amount.column is None:
            return with_comment("event_type: signup", "a guess: there is no amount; see docs/mapping.md for the other types")
        return with_comment("event_type: payment", "a guess: there is an amount; order is the other choice")

    def _event_id(self) -> list[str]:
        column = self._find("event_id", lambda c: len(c.values) == c.rows == c.distinct and c.kind != "number")
        if column is None:
            return ["# event_id: not recognised, so that each row's number is its id"]
        return [with_comment(f"event_id: {scalar(column.name)}", f"{column.distinct:,} rows, all different")]

    def _account(self) -> tuple[list[str], Column | None]:
        column = self._find("account", lambda c: is_id(c) and not is_kind(c))
        if column is None:
            kind = next((c for c in self.sample.columns if c.key in NAMES["account"] and c.values and is_kind(c)), None)
            few = (
                "" if kind is None else f"; column {kind.name!r} holds {kind.distinct} values such as {kind.values[0]!r}, too few for that"
            )
            return [f"# account: not recognised; name the column, or a list of columns, that says who acts{few}"], None
        line = with_comment(f"account: {scalar(column.name)}", seen_values(column))
        shared = guest(column)
        return [*([] if shared is None else [shared]), line], column

    def _entities(self) -> list[str]:
        lines = []
        account_is_card = next((c for c in self.sample.columns if c.key in ("ccnum", "cardid", "cardnumber")), None)
        for key in ("device", "payment", "merchant"):
            again = key == "payment" and account_is_card is not None
            column = self._find(key, is_id, again)
            if column is None and key == "payment":
                lines += self._card_of_user()
            if column is not None:
                lines.append(with_comment(f"{key}: {scalar(column.name)}", seen_values(column)))
        for key, fits in (("email", is_email), ("ip", is_address)):
            column = next((c for c in self.sample.columns if fits(c) and (key == "email" or c.name not in self.used)), None)
            if column is not None:
                self.used.add(column.name)
                lines.append(with_comment(f"{key}: {scalar(column.name)}", f"all values look so; {seen_values(column)}"))
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

    def _attributes(self, doubted: Column | None) -> list[str]:
        numeric, categorical = [], []
        for column in self.sample.columns:
            if column.name in self.used or column.name in self.answers or column is doubted or column.distinct < 2:
                continue
            if is_naming(column) or len(column.values) < ENOUGH:
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
        others = [c.name for c in rest if c.name not in self.answers]
        lines = []
        for why in dict.fromkeys(self.answers.values()):
            lines += _comment_list(f"left out, as {why}", [c.name for c in rest if self.answers.get(c.name) == why])
        return lines + _comment_list("not recognised", others)


def _comment_list(said: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return [f"# {said}: {', '.join(repr(name)[1:-1] for name in names[:40])}{more}"]
