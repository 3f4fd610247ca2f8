"""Who and where: the columns of a sample that name accounts, devices, cards, addresses."""

from __future__ import annotations

from gnn.table_import.guess.picks import NAMES, Picks
from gnn.table_import.guess.sample import Column
from gnn.table_import.guess.value_kinds import guest, is_address, is_email, is_id, is_kind, seen_values
from gnn.table_import.guess.yaml_lines import listed, scalar, with_comment

ADDRESS = {
    "line1": ("street", "address", "line1", "address1"),
    "city": ("city",),
    "region": ("state", "region", "province"),
    "postal_code": ("zip", "zipcode", "postal", "postalcode", "postcode"),
    "country": ("country",),
}
_FEW_CARDS = 40
"""Cards within a user."""


def account(picks: Picks) -> tuple[list[str], Column | None]:
    """Return the lines of the account, and its column; a comment where there is none."""
    column = picks.find("account", lambda c: is_id(c) and not is_kind(c))
    if column is None:
        kind = next((c for c in picks.sample.columns if c.key in NAMES["account"] and c.values and is_kind(c)), None)
        few = "" if kind is None else f"; column {kind.name!r} holds {kind.distinct} values such as {kind.values[0]!r}, too few for that"
        return [f"# account: not recognised; name the column, or a list of columns, that says who acts{few}"], None
    line = with_comment(f"account: {scalar(column.name)}", seen_values(column))
    shared = guest(column)
    return [*([] if shared is None else [shared]), line], column


def entities(picks: Picks) -> list[str]:
    """Return the lines of devices, cards, merchants, e-mail and IP addresses."""
    lines = []
    account_is_card = next((c for c in picks.sample.columns if c.key in ("ccnum", "cardid", "cardnumber")), None)
    for key in ("device", "payment", "merchant"):
        again = key == "payment" and account_is_card is not None
        column = picks.find(key, is_id, again)
        if column is None and key == "payment":
            lines += _card_of_user(picks)
        if column is not None:
            lines.append(with_comment(f"{key}: {scalar(column.name)}", seen_values(column)))
    for key, fits in (("email", is_email), ("ip", is_address)):
        column = next((c for c in picks.sample.columns if fits(c) and (key == "email" or c.name not in picks.used)), None)
        if column is not None:
            picks.used.add(column.name)
            lines.append(with_comment(f"{key}: {scalar(column.name)}", f"all values look so; {seen_values(column)}"))
    return lines


def _card_of_user(picks: Picks) -> list[str]:
    """Return a card that is a small number within its user."""
    user = next((c for c in picks.sample.columns if c.key in ("user", "userid") and c.name in picks.used), None)
    card = next((c for c in picks.sample.columns if c.key in ("card", "cardindex") and c.kind == "integer"), None)
    if user is None or card is None or card.distinct > _FEW_CARDS:
        return []
    picks.used.add(card.name)
    return [with_comment(f"payment: {listed([user.name, card.name])}", "the card is a small number, so that it counts within its user")]


def address(picks: Picks) -> list[str]:
    """Return the line of an address in parts: a street with a town, or more."""
    for prefix in ("", "billing", "customer", "shipping"):
        parts = {}
        for part, names in ADDRESS.items():
            column = next(
                (c for c in picks.sample.columns if c.key in [prefix + name for name in names] and c.name not in picks.used), None
            )
            if column is not None and column.values:
                parts[part] = column
        if "line1" in parts and len(parts) > 1:
            picks.used.update(column.name for column in parts.values())
            inner = ", ".join(f"{part}: {scalar(column.name)}" for part, column in parts.items())
            return [with_comment(f"address: {{{inner}}}", f"{parts['line1'].distinct:,} streets")]
    return _street(picks)


def _street(picks: Picks) -> list[str]:
    """Return the line of an address that is one column: a street, or all in one text."""
    prefixes = ("", "billing", "customer", "shipping", "delivery")
    names = [prefix + name for prefix in prefixes for name in ("street", "address", "streetaddress", "fulladdress")]
    column = next((c for name in names for c in picks.sample.columns if c.key == name and c.name not in picks.used and is_id(c)), None)
    if column is not None and column.kind == "text" and not is_kind(column):
        picks.used.add(column.name)
        return [with_comment(f"address: {scalar(column.name)}", seen_values(column))]
    return []
