"""How the numbers of attributes are written: as they show themselves, else as the amount is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.events.currency import CODES
from gnn.table_import.guess.amount import GuessedAmount
from gnn.table_import.guess.number_styles import has_decimals, in_doubt, number_style, reads_all
from gnn.table_import.guess.sample import Column
from gnn.table_import.guess.yaml_lines import scalar
from gnn.table_import.mapping import NumberStyle

_MARKED = re.compile(r"\d[.,'\u2019\u00a0\u202f ]\d|[$€£¥₹%]")


def is_written_number(column: Column) -> bool:
    """Return whether texts are numbers as people write them: with marks, signs of money, or percent."""
    if column.kind not in ("text", "money") or not any(map(_MARKED.search, column.values)):
        return False
    style = number_style(column)
    if isinstance(style, str):
        return column.all(lambda value: re.fullmatch(r"-?\d{1,3}([.,]\d{3})+|-?\d+([.,]\d+)?", value) is not None)
    return all(symbol in "$€£¥₹%" or symbol in CODES for symbol in style.symbols)


def number_styles(columns: Sequence[Column], amount: GuessedAmount) -> tuple[dict[str, NumberStyle], list[str]]:
    """Return how the numbers of each column are written, and comments on those where nothing tells."""
    pointed = amount.style.decimal != "," and any(map(has_decimals, [*columns, *([amount.column] if amount.column else [])]))
    styles, asked = {}, []
    for column in columns:
        style = _style(column, amount.style, pointed)
        if style is None:
            asked.append(_asked(column))
        else:
            styles[column.name] = style
    return styles, asked


def _style(column: Column, usual: NumberStyle, pointed: bool) -> NumberStyle | None:
    if column.kind in ("integer", "number") and not in_doubt(column):
        return NumberStyle()
    found = number_style(column)
    if isinstance(found, NumberStyle):
        return found
    marks = NumberStyle(usual.decimal, usual.thousands)
    if (usual.decimal or usual.thousands) and reads_all(column, marks):
        return marks
    return NumberStyle() if pointed and column.kind == "number" else None


def _asked(column: Column) -> str:
    name, value = scalar(column.name), next(value for value in column.values if re.search(r"\d[.,]\d", value))
    mark = "." if "." in value else ","
    other = "," if mark == "." else "."
    grouped, plain = f"{{column: {name}, decimal: '{other}', thousands: '{mark}'}}", f"{{column: {name}, decimal: '{mark}'}}"
    return f"# numeric {column.name!r}, such as {value!r}, may be thousands: write {grouped} or {plain}"
