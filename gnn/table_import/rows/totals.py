"""A row of totals at the end of a table, which is no event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from domain.wording import shown

_LAST = 3
"""Rows at the end of a table that may be totals."""
_ENOUGH = 10
"""Rows from which on it is no accident that one amount is the sum of all others."""
_CENT, _ROUNDING = 0.011, 1e-6
"""By how much the sum may differ, and by what share of it."""
_WORDS = re.compile(
    r"(?:grand |general |sub-?|sub |gesamt|zwischen)?(?:totals?|totale|totaal|sum|summe|suma|soma|somme|gesamt|insgesamt|razem|toplam"
    r"|итого|всего|合計|合计|总计)(?: general|e?n)?\s*(?::|\(.*\))?"
)


class Totals:
    """The sum of the amounts of a table, and its last rows."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._table, self._rows, self._sum = "", 0, 0.0
        self._last: list[tuple[int, float, str]] = []

    def begin(self, table: str) -> None:
        """Take note that the batches of another table follow."""
        self._found += self._of_table()
        self._table, self._rows, self._sum, self._last = table, 0, 0.0, []

    def see(self, names: Sequence[pa.StringArray], amounts: pa.DoubleArray | None, keep: np.ndarray, first_row: int) -> None:
        """Take in the account and the id of each row, its amount, and whether it becomes an event."""
        self._rows += int(keep.sum())
        paid = np.zeros(len(keep)) if amounts is None else np.array(amounts.fill_null(0.0))
        self._sum += float(paid[keep].sum())
        for row in np.flatnonzero(keep)[-_LAST:]:
            texts = [text for column in names if (text := column[int(row)].as_py())]
            word = next((text for text in texts if _WORDS.fullmatch(text.strip().lower())), "")
            self._last.append((first_row + int(row), float(paid[row]), word))
        self._last = self._last[-_LAST:]

    def notes(self) -> Iterator[str]:
        """Yield a sentence on each row that is a total, or says so."""
        yield from self._found
        yield from self._of_table()

    def _of_table(self) -> list[str]:
        found = []
        for row, amount, word in self._last:
            is_sum = amount != 0 and abs(self._sum - 2 * amount) <= _CENT + _ROUNDING * abs(amount)
            if is_sum and (word or self._rows >= _ENOUGH):
                found.append(f"row {row} of {self._table} has the sum of all other amounts: a total, no event; take it out of the table")
            elif word:
                found.append(f"row {row} of {self._table} says {shown(word)}: if it is a total, no event, take it out of the table")
        return found
