"""The way of one stream into one table: whole ranges, each committed with the place that it reaches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pyarrow as pa

from ops.lake.delta import LakeTable, OvertakenError
from ops.lake.meter import Meter
from ops.lake.rows import DAY, Record, rows_of
from ops.lake.sources import Source
from ops.lake.tables import Table

Reads = Callable[[Record], Record | None]
"""Makes of a record of the stream one of the table, None of one that is not for it."""
MOST_DAYS = 31
"""Of one commit, about. Each day has a file of its own, and all of a commit are open at once: one of features
takes 8 MB of memory, so a year that is read at once would take 3 GB.
"""
_LARGEST_PAGE = 5_000


class Way:
    """A source and the table that it fills."""

    def __init__(self, table: Table, lake: LakeTable, source: Source, most: int, meter: Meter, reads: Reads | None = None) -> None:
        """Note the parts; `most` entries are committed at once."""
        self.name = table.name
        self._table, self._lake, self._source, self._most, self._meter, self._reads = table, lake, source, most, meter, reads
        self._has_begun = False
        self._unsaid = 0
        """Entries since the last commit that have no row: their place is only kept in memory."""
        self._page = _LARGEST_PAGE
        """Entries that are read at once; fewer while they are of many days."""

    def step(self) -> bool:
        """Commit what the stream has now, up to the limit; return whether it may have more at once.

        Raises LakeError, SourceAwayError, RedisReadError; then nothing is lost, and `forget` comes before
        the next step.
        """
        if not self._has_begun:
            self._source.begin(self._lake.places(self._source.names()))
            self._has_begun, self._unsaid = True, 0
        began, first, read = self._meter.clock(), dict(self._source.places()), 0
        batches, days = list[pa.RecordBatch](), set[Any]()
        while not (is_full := read >= self._most or len(days) >= MOST_DAYS) and (records := self._source.read(self._page)) is not None:
            read += max(1, len(records))
            batches.append(rows_of(self._table, self._wanted(records)))
            if self._are_too_many(page_days := set(batches[-1].column(DAY).unique().to_pylist())):
                return True
            days |= page_days
        self._commit(batches, read, first)
        if not is_full and self._has_begun:
            self._meter.had_all(self.name, began)
        return is_full

    def _are_too_many(self, days: Collection[Any]) -> bool:
        """Return whether a page has too many days; it is read again then, in small parts."""
        if len(days) > MOST_DAYS and self._page > MOST_DAYS:
            self._page = MOST_DAYS
            self.forget()
            return True
        self._page = min(2 * self._page, _LARGEST_PAGE)
        return False

    def forget(self) -> None:
        """Begin at the committed place at the next step."""
        self._has_begun = False

    def close(self) -> None:
        """End the connections."""
        self._source.close()

    def _wanted(self, records: Sequence[Record]) -> Sequence[Record]:
        if self._reads is None:
            return records
        return [found for record in records if (found := self._reads(record)) is not None]

    def _commit(self, batches: Sequence[pa.RecordBatch], read: int, first: dict[str, int]) -> None:
        rows = sum(batch.num_rows for batch in batches)
        self._unsaid += read
        if rows or self._unsaid >= self._most:
            reached = self._source.places()
            try:
                self._lake.append(batches, reached, {"ringwatch": {"after": first, "to": dict(reached), "entries": read, "rows": rows}})
            except OvertakenError:
                self._meter.overtaken[self.name] += 1
                self.forget()
                return
            self._unsaid = 0
            self._meter.committed(self.name, rows)
        if read:
            self._source.committed()
