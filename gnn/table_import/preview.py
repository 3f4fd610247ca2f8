"""The first rows of a table as events, and what is wrong with them: a cheap look at any table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from domain import times
from gnn.table_import.batch import RowBatch
from gnn.table_import.errors import ColumnError, TableError
from gnn.table_import.losses import Loss
from gnn.table_import.mapping import TableMapping
from gnn.table_import.rows import encode
from gnn.table_import.tables import open_table
from gnn.table_import.watch import Watch

LOOK_ROWS = 1000


@dataclass(frozen=True)
class Preview:
    """What an import would make of the first rows of one table."""

    rows: int
    """As many were looked at."""
    events: tuple[dict[str, Any], ...]
    """In the order of the rows."""
    labels: Mapping[str, dict[str, Any]]
    """Label events by the id of their event."""
    faults: Mapping[str, Loss]
    """Bad rows by reason."""
    first_fault: str | None
    notes: tuple[str, ...]

    @property
    def frauds(self) -> int:
        """Return how many labels say fraud."""
        return sum(label["is_fraud"] for label in self.labels.values())


def preview(mapping: TableMapping, table: Path, now_ms: int | None = None) -> Preview:
    """Return the events of the first rows of a table; bad rows are counted. Raises `TableError`."""
    opened = open_table(table, mapping)
    batches = opened.batches()
    columns = next(iter(islice(batches, 1)), None)
    batches.close()  # type: ignore[attr-defined]
    if columns is None:
        raise TableError(f"{table}: holds no rows below its header; give a table with rows")
    columns = columns.slice(0, LOOK_ROWS)
    batch = RowBatch(mapping, columns, table.name, 1, times.now_ms() if now_ms is None else now_ms, Watch(mapping))
    try:
        encoded = encode(batch, first_sequence=0)
    except ColumnError as error:
        raise TableError(f"{table}: {error}") from None
    first = None
    if batch.faults.found:
        offset, clause = batch.faults.first()
        first = f"row {1 + offset}, {clause}"
    labels = [json.loads(line) for line in encoded.labels.text.to_pylist()]
    return Preview(
        rows=columns.num_rows,
        events=tuple(json.loads(line) for line in encoded.events.text.to_pylist()),
        labels={label["subject_event_id"]: label for label in labels},
        faults=encoded.losses,
        first_fault=first,
        notes=tuple(f"{table.name} {note}" for note in opened.notes()),
    )
