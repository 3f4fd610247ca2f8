"""The bad rows of a batch: the first one becomes the error, or all of them are skipped and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from domain.wording import shown


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one column, and in which rows."""

    column: str
    problem: str
    """What is wrong; the mend, after a semicolon."""
    rows: np.ndarray
    """Mask."""
    values: pa.Array | None
    """The column, if its values may be shown (identifiers may not)."""
    mend: Callable[[str], str] | None = None
    """Gives the mend of a value, in place of the one in `problem`."""


@dataclass
class Faults:
    """The faults of one batch's rows; a row with several counts under the first that was found."""

    rows: int
    found: list[Fault] = field(default_factory=list)

    def add(
        self, column: str, problem: str, where: pa.BooleanArray, values: pa.Array | None = None, mend: Callable[[str], str] | None = None
    ) -> None:
        """Note what is wrong in the rows of a mask; null counts as false."""
        mask = where.fill_null(False).to_numpy(zero_copy_only=False)
        if mask.any():
            self.found.append(Fault(column, problem, mask, values, mend))

    def bad(self) -> np.ndarray:
        """Return the mask of the rows with any fault."""
        bad = np.zeros(self.rows, bool)
        for fault in self.found:
            bad |= fault.rows
        return bad

    def first(self) -> tuple[int, str]:
        """Return the first bad row (0 is the batch's first) and a clause about it; there must be one."""
        fault = min(self.found, key=lambda fault: int(fault.rows.argmax()))
        row = int(fault.rows.argmax())
        if fault.values is None:
            return row, f"column {fault.column!r}: {fault.problem}"
        value = str(fault.values[row].as_py())
        problem = fault.problem if fault.mend is None else f"{fault.problem}; {fault.mend(value)}"
        return row, f"column {fault.column!r}: {shown(value)} {problem}"

    def by_reason(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield `column: problem` and the mask of its rows; a row counts once."""
        seen = np.zeros(self.rows, bool)
        for fault in self.found:
            new = fault.rows & ~seen
            if new.any():
                yield f"{fault.column}: {fault.problem.split(';')[0]}", new
            seen |= fault.rows
