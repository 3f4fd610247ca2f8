"""One table file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa

from gnn.table_import.errors import TableError
from gnn.table_import.mapping import TableMapping

BATCH_ROWS = 1 << 14
"""Wide enough that the cost per batch is small, narrow enough for rows of several KB."""


class Table:
    """One table file; `rows` is None where only reading tells (CSV)."""

    rows: int | None = None
    malformed = 0
    """Rows skipped because their number of fields is wrong."""
    malformed_frauds = 0
    """Those among them whose label says fraud, or cannot be found."""

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        self.path = path
        self._mapping = mapping

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the mapped columns in the order of the file. Raises `TableError`."""
        raise NotImplementedError

    def notes(self) -> list[str]:
        """Return what was recognised by content, a clause each; complete once all batches are read."""
        return []

    def _check_columns(self, names: list[str], mend: str = "") -> None:
        for column, key in self._mapping.used.items():
            if column not in names:
                near = [name for name in names if name.strip() == column] or get_close_matches(column, names, n=1, cutoff=0.5)
                mend = mend or (f"did you mean {_name(near[0])}?" if near else f"it has {', '.join(map(_name, names[:20]))}")
                raise TableError(f"{self.path}: has no column {column!r}, which {key} of {self._mapping.path} names; {mend}")
            if names.count(column) > 1:
                raise TableError(f"{self.path}: has {names.count(column)} columns named {column!r}; rename all but one")


def _name(name: str) -> str:
    """Return a name as it is, in quotes where spaces around it would not be seen."""
    return name if name == name.strip() else repr(name)


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error).splitlines() or [type(error).__name__])[0]
