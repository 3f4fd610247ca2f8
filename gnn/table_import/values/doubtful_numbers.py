"""Numbers of which only the whole table tells the meaning: 1.234 may be a thousand, 00001000 may be ten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from domain.wording import counted
from gnn.table_import.errors import TableError
from gnn.table_import.mapping import NumberStyle, TableMapping

THOUSAND = r"^\D*[1-9]\d{0,2}\.\d{3}\D*$"
"""A number that is a thousand or has three decimals, with what may be around it."""
POINT = r"\d\.\d|(^|[^\w.])\.\d"
"""A point of decimals."""
_CENTS = r"\d\.\d{1,2}\D*$"
_PADDED = 4
"""Digits from which on a number of one width with leading zeros is no accident."""


@dataclass
class _Seen:
    """What one column has shown."""

    name: str
    style: NumberStyle
    settled: bool = False
    """Whether a number says what the point is, or the mapping."""
    first: tuple[str, int, str] | None = None
    """Table, row and text of the first number in doubt."""
    widths: tuple[int, int] | None = None
    """Digits of the shortest and of the longest number; None before the first."""
    plain: bool = True
    """Whether all are digits alone."""
    zeros: bool = False
    grouped: int = 0
    """Numbers like 1.234."""
    example: str = ""
    has_cents: bool = False
    is_finer: bool = False
    """Whether some number has decimals that are neither cents nor may be a thousand's."""


class DoubtfulNumbers:
    """The numbers of all tables, column by column."""

    def __init__(self, mapping: TableMapping) -> None:
        self._path, self._amount = mapping.path, mapping.amount
        styles = dict(mapping.numeric) if mapping.amount is None else {**mapping.numeric, mapping.amount.column: mapping.amount.style}
        self._seen = {name: _Seen(name, style, _is_told(style)) for name, style in styles.items()}

    def see(self, name: str, raw: pa.Array, table: str, first_row: int) -> None:
        """Take in cleaned numbers of a column."""
        seen = self._seen[name]
        if not pa.types.is_string(raw.type):
            return
        if self._amount is not None and name == self._amount.column:
            _see_widths(seen, raw)
            _see_decimals(seen, raw)
        if seen.settled:
            return
        doubtful = pc.match_substring_regex(raw, THOUSAND)
        if pc.any(pc.and_(pc.invert(doubtful), pc.match_substring_regex(raw, POINT))).as_py():
            seen.settled = True
        elif seen.first is None and (row := pc.index(doubtful, True).as_py()) >= 0:
            seen.first = (table, first_row + row, raw[row].as_py())

    def check(self) -> None:
        """Raise `TableError` where a column cannot be read without a guess.

        An attribute is read as the other numbers of the tables, which one program has written. An amount
        needs a number of its own that tells.
        """
        amount = None if self._amount is None else self._amount.column
        others = any(_has_point(seen) for seen in self._seen.values())
        commas = amount is not None and self._seen[amount].style.decimal == ","
        for name in sorted(self._seen, key=lambda name: name != amount):
            seen = self._seen[name]
            if not seen.settled and seen.first is not None and (name == amount or commas or not others):
                raise _doubt(name, seen.first, name == amount, self._path)

    def notes(self) -> Iterator[str]:
        """Yield what a person should look at."""
        if self._amount is None:
            return
        seen = self._seen[self._amount.column]
        if seen.grouped and seen.has_cents and not seen.is_finer:
            yield (
                f"column {seen.name!r}: {counted(seen.grouped, 'amount')} such as {seen.example!r} beside others of two decimals; "
                "if the point groups thousands there, mend them in the table"
            )
        low, high = seen.widths or (0, 0)
        if seen.plain and seen.zeros and low == high >= _PADDED and self._amount.divide_by == 1:
            yield (
                f"column {seen.name!r}: all amounts have {high} digits, with zeros before them, as mainframes write "
                "cents: if so, set amount.divide_by: 100"
            )


def _is_told(style: NumberStyle) -> bool:
    return style.decimal is not None or style.thousands is not None


def _has_point(seen: _Seen) -> bool:
    """Return whether a column shows, or the mapping says of it, that a point begins decimals."""
    return seen.settled and seen.style.decimal != ","


def _see_widths(seen: _Seen, raw: pa.StringArray) -> None:
    if not seen.plain or raw.null_count == len(raw):
        return
    seen.plain = pc.all(pc.match_substring_regex(raw, r"^[+-]?\d+$")).as_py()
    digits = pc.replace_substring_regex(raw, r"^[+-]", "")
    widths = pc.min_max(pc.utf8_length(digits)).as_py()
    low, high = seen.widths or (widths["min"], widths["max"])
    seen.widths = min(low, widths["min"]), max(high, widths["max"])
    seen.plain = seen.plain and seen.widths[0] == seen.widths[1]
    seen.zeros = seen.zeros or pc.any(pc.match_substring_regex(digits, r"^0\d*[1-9]")).as_py()


def _see_decimals(seen: _Seen, raw: pa.StringArray) -> None:
    if seen.is_finer or _is_told(seen.style):
        return
    thousands, cents = pc.match_substring_regex(raw, THOUSAND), pc.match_substring_regex(raw, _CENTS)
    if not seen.example and (row := pc.index(thousands, True).as_py()) >= 0:
        seen.example = raw[row].as_py()[:20]
    seen.grouped += pc.sum(thousands).as_py() or 0
    seen.has_cents = seen.has_cents or pc.any(cents).as_py() is True
    others = pc.invert(pc.or_(thousands, cents))
    seen.is_finer = pc.any(pc.and_(others, pc.match_substring_regex(raw, r"\.\d|[eE]"))).as_py() is True


def _doubt(name: str, first: tuple[str, int, str], is_amount: bool, path: Path) -> TableError:
    table, row, text = first
    said = f"{table}: row {row}, column {name!r}: {text!r} may mean {text.replace('.', '')} or {text}"
    if is_amount:
        mend = "set amount.decimal: '.', or amount.decimal: ',' with amount.thousands: '.',"
        return TableError(f"{said}, and no amount of the tables tells; {mend} in {path}")
    plain, grouped = f"{{column: {name}, decimal: '.'}}", f"{{column: {name}, decimal: ',', thousands: '.'}}"
    return TableError(f"{said}, and no number of the tables tells; write {plain} or {grouped} in attributes.numeric of {path}")
