"""Documents of a stream as rows of a table, in Arrow."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from domain.json_text import as_json
from domain.times import DAY_MS
from ops.lake.columns import MOMENT, TEXT
from ops.lake.tables import Document, Table

LOG = logging.getLogger(__name__)

DAY, EXTRA = "day", "extra"
ADDED_AT, ADDED_N = "added_at", "added_n"
"""When a row's document was added to its stream, and its number there: within the ms in Redis, of all in
Kafka. They order rows of one time.
"""
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What an entry raises that is not what its stream should hold."""
_EARLIEST_DAY, _LATEST_DAY = 10_957, 32_871
"""2000 to 2059: events of other days are of a wrong clock, and lie in the partition of the day they came."""
_LATEST_MS = (_LATEST_DAY + 1) * DAY_MS - 1
"""Who writes into Kafka says when a record came; what lies beyond is of a wrong clock, or of no calendar."""
_READER = json.JSONDecoder(parse_constant=lambda _: None)


@dataclass(frozen=True)
class Record:
    """What a stream holds at one place: text, when it was added, ms since 1970, and its number."""

    text: str
    added_ms: int
    number: int = 0


def schema_of(table: Table) -> pa.Schema:
    """Return the table's schema: its day first, what has no column last."""
    fields = [pa.field(column.name, column.kind.type) for column in table.columns]
    added = [pa.field(ADDED_AT, MOMENT), pa.field(ADDED_N, pa.int64())]
    return pa.schema([pa.field(DAY, pa.date32()), *fields, *added, pa.field(EXTRA, pa.string())])


def rows_of(table: Table, records: Sequence[Record]) -> pa.RecordBatch:
    """Return the rows of records, in their order; what is broken is logged and left out."""
    found = list(_shaped(table, records))
    documents = [document for document, _ in found]
    added = np.fromiter((min(record.added_ms, _LATEST_MS) for _, record in found), np.int64, len(found))
    numbers = pa.array([record.number for _, record in found], pa.int64())
    arrays = {column.name: column.taken(documents) for column in table.columns}
    extra = pa.array([_text(document) for document in documents], TEXT.type)
    days = _days(arrays[table.time], added)
    added_at = pa.array(added, pa.timestamp("ms", "UTC")).cast(MOMENT)
    return pa.RecordBatch.from_arrays([days, *arrays.values(), added_at, numbers, extra], schema=schema_of(table))


def as_documents(texts: Iterable[str]) -> Iterator[Document | None]:
    """Yield the object of each text, None for one that holds none."""
    for text in texts:
        try:
            document = _READER.decode(text)
        except (ValueError, RecursionError):
            document = None
        yield document if isinstance(document, dict) else None


def _shaped(table: Table, records: Sequence[Record]) -> Iterator[tuple[Document, Record]]:
    broken = 0
    for document, record in zip(as_documents(record.text for record in records), records, strict=True):
        try:
            row = table.shape(document)  # type: ignore[arg-type]  # None raises what is caught
        except _BROKEN:
            broken += 1
            continue
        if row is not None:
            yield row, record
    if broken:
        LOG.error("%s of %s for the table %s are not what their stream should hold; they are left out.", broken, len(records), table.name)


def _text(document: Document) -> str | None:
    """Return what is left of a document as JSON; None of nothing, and of what nests too deep."""
    if not document:
        return None
    try:
        return as_json(document)
    except (ValueError, RecursionError):
        return None


def _days(times: pa.Array, added_ms: Any) -> pa.Array:
    """Return the day of each time, of the moment of arrival where it is none or far from ours."""
    moments = times.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False) if times.type == MOMENT else added_ms
    days = moments // (1000 * DAY_MS)
    wrong = (days < _EARLIEST_DAY) | (days > _LATEST_DAY)
    return pa.array(np.where(wrong, added_ms // DAY_MS, days).astype(np.int32), pa.int32()).cast(pa.date32())
