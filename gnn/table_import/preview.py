"""The first rows of a table as events, and what is wrong with them: a cheap look at any table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from domain import times
from gnn.table_import.errors import ColumnError, TableError
from gnn.table_import.mapping import TableMapping
from gnn.table_import.refusal import check_end, nothing
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.rows import encode
from gnn.table_import.rows.watch import Watch
from gnn.table_import.tables.table import Table
from gnn.table_import.tables.tables import open_table
from gnn.table_import.tally import ImportReport, Tally

LOOK_ROWS = 1000


@dataclass(frozen=True)
class Preview:
    """What an import would make of the first rows of one table."""

    report: ImportReport
    """What an import of these rows alone would report."""
    events: tuple[dict[str, Any], ...]
    """In the order of the rows."""
    labels: Mapping[str, dict[str, Any]]
    """Label events by the id of their event."""
    first_fault: str | None
    """The first bad row, and what is wrong with it."""
    problem: str
    """Why an import of these rows would write nothing; empty if it would."""


def preview(mapping: TableMapping, table: Path, now_ms: int | None = None) -> Preview:
    """Return the events of the first rows of a table; bad rows are counted. Raises `TableError`."""
    opened, tally, watch = open_table(table, mapping), Tally(), Watch(mapping)
    watch.begin(table)
    columns = _first_rows(opened, tally)
    batch = RowBatch(mapping, columns, table.name, 1, times.now_ms() if now_ms is None else now_ms, watch)
    try:
        encoded = encode(batch, first_sequence=0)
    except ColumnError as error:
        raise TableError(f"{table}: {error}") from None
    tally.count(batch, encoded)
    tally.notes += [f"{table.name} {note}" for note in opened.notes()]
    first = None
    if batch.faults.found:
        offset, clause = batch.faults.first()
        first = f"row {1 + offset}, {clause}"
    labels = [json.loads(line) for line in encoded.labels.text.to_pylist()]
    return Preview(
        report=tally.report(mapping, watch),
        events=tuple(json.loads(line) for line in encoded.events.text.to_pylist()),
        labels={label["subject_event_id"]: label for label in labels},
        first_fault=first,
        problem=_problem(mapping, table, tally, watch, first),
    )


def _first_rows(table: Table, tally: Tally) -> pa.RecordBatch:
    """Return the first rows; those of a wrong number of fields count where all before them are looked at."""
    batches = table.batches()
    columns = next(batches, None)
    batches.close()  # type: ignore[attr-defined]
    if columns is None:
        tally.count_malformed(table.malformed, table.malformed_frauds)
        raise TableError(nothing([table.path], tally))
    if columns.num_rows <= LOOK_ROWS:
        tally.count_malformed(table.malformed, table.malformed_frauds)
    elif table.malformed:
        tally.notes.append(f"{table.path.name} has {table.malformed:,} rows with a wrong number of fields near its beginning")
    return columns.slice(0, LOOK_ROWS)


def _problem(mapping: TableMapping, table: Path, tally: Tally, watch: Watch, first_fault: str | None) -> str:
    """Return why an import of the rows would fail."""
    if first_fault is not None and not mapping.skip_bad_rows:
        return f"{table}: {first_fault}"
    try:
        check_end(mapping, [table], tally, watch)
    except TableError as error:
        return str(error)
    return ""
