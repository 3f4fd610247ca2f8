"""What the values of a column can be: names of things, kinds of things, addresses."""

from __future__ import annotations

import re
from collections import Counter

from gnn.table_import.guess.sample import Column

NAMING = re.compile(
    r"id\d*$|^card\d*$|num$|number$|numero|nummer|zip|postal|plz|phone|merchantname|time|date|day|month|year|hour|step|dob|row$|index$"
    r"|^ip|ip$|address|last_?4|first_?6|bin$|iban|debitor|kreditor|code$|key$|uuid|ssn|nr$|^no$|serial|sequence|^seq$|reference$|^ref$|name$|^(first|last|sur|full)name|token"
    r"|fingerprint"
    r"|^(account|customer|user|client|kunde|konto|cuenta|compte|rechnung|invoice|bestellung|pedido|order|session|txn|trx|tx)(no|key|ref)?$"
)
"""Names of columns whose numbers name things or count time, and so are no inputs."""
ENOUGH = 20
"""Rows that are enough to tell."""


def is_id(column: Column) -> bool:
    """Return whether the values can name things: no fractions, more than two, seldom missing."""
    return column.kind in ("integer", "text", "email") and column.distinct > 2 and len(column.values) >= 0.5 * column.rows


def is_kind(column: Column) -> bool:
    """Return whether the values are a few words that sort rows, such as gold and silver, and name nobody."""
    few = column.distinct <= 10 and len(column.values) >= max(ENOUGH, 8 * column.distinct)
    return few and (column.distinct < 4 or column.all(lambda value: re.search(r"\d|@", value) is None))


def is_naming(column: Column) -> bool:
    """Return whether values name things: by the name, or as whole numbers that no measure gives."""
    if NAMING.search(column.key):
        return True
    if column.kind != "integer" or "." in "".join(column.values[:ENOUGH]):
        return False
    if any(re.match(r"0\d", value) for value in column.values):
        return True
    alike = column.distinct == len(column.values)
    return alike and (min(map(len, column.values)) >= 6 or column.numbers in (sorted(column.numbers), sorted(column.numbers, reverse=True)))


def guest(column: Column) -> str | None:
    """Return a comment on a value that many rows share, as guests do."""
    value, often = Counter(column.values).most_common(1)[0]
    rest = (len(column.values) - often) / max(1, column.distinct - 1)
    is_word = re.fullmatch(r"0+|-\d+|9{4,}|guest.*|anon.*|unknown|none|n/?a|nobody|-|gast", value.lower()) is not None
    if often < 3 or often < 3 * rest or not (is_word or often > 0.3 * len(column.values)):
        return None
    return (
        f"# account: {often:,} rows have {value!r}: if that is no one (a guest), they become one account; mend them, or use another column"
    )


def is_email(column: Column) -> bool:
    return column.kind == "email"


def is_address(column: Column) -> bool:
    """Return whether the values are IP addresses, or the numbers of some where the name says so."""
    if column.kind == "ip":
        return True
    named = re.search(r"(^|_)ip($|_)", column.name.lower()) is not None
    numbers = column.numbers if named and column.kind in ("integer", "number") else []
    return bool(numbers) and min(numbers) >= 0 and 2**24 <= max(numbers) < 2**32


def seen_values(column: Column) -> str:
    return f"{column.distinct:,} different in {len(column.values):,} rows"
