"""One Delta table: rows are appended together with the place up to which their source was read.

Both are one commit. A place is an application transaction of Delta: an application id and a version. Of two
writers with one application id whose ranges begin at the same place one commits, and delta-rs refuses the
other, which then finds the higher version and reads on from there. Who dies before the commit leaves files
that no commit names, for vacuum; who dies after it finds its place in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from ops.lake.rows import DAY, schema_of
from ops.lake.storage import lake_error, options_of, table_url
from ops.lake.tables import Table

FAILS = (DeltaError, OSError, RuntimeError)
"""What delta-rs raises; a full disk and a bucket that is away are among them."""
READ_FAILS = (*FAILS, ValueError, KeyError, TypeError)
"""What reading rows raises, those of Arrow and of JSON included, where somebody else has made the table."""
_CONFIGURATION: Mapping[str, str | None] = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.dataSkippingNumIndexedCols": "8",
}
"""A table gets a commit every half minute: without checkpoints, opening one would read thousands of files."""


class OvertakenError(Exception):
    """Another archiver has committed the same range."""


class LakeTable:
    """A table of the lake, opened when it is first used, made where it is missing."""

    def __init__(self, url: str, table: Table) -> None:
        self._url, self._lake, self._table = table_url(url, table.name), url, table
        self._schema = schema_of(table)
        self._delta: DeltaTable | None = None

    def places(self, names: Iterable[str]) -> dict[str, int]:
        """Return the newest committed places by name, without those that have none. Raises LakeError."""
        try:
            delta = self._opened()
            found = {name: delta.transaction_version(name) for name in names}
        except (*FAILS, TypeError) as error:
            raise self._failed(error) from None
        return {name: place for name, place in found.items() if place is not None}

    def append(self, batches: Sequence[pa.RecordBatch], places: Mapping[str, int], note: Mapping[str, Any]) -> None:
        """Commit rows and places. `note` goes into the commit's metadata.

        Raises:
            OvertakenError: another writer has committed one of the places since `places` was asked.
            LakeError: nothing is committed, or, if the answer was lost, the places say that it is.
        """
        if self._delta is None:
            raise OvertakenError
        try:
            write_deltalake(
                self._delta,
                pa.Table.from_batches(batches, self._schema),
                mode="append",
                schema_mode="merge" if self._differs(self._delta) else None,
                writer_properties=WriterProperties(compression="ZSTD"),
                commit_properties=CommitProperties(
                    custom_metadata=dict(note), app_transactions=[Transaction(name, place) for name, place in places.items()]
                ),
            )
        except CommitFailedError as error:
            self._delta = None
            raise OvertakenError(str(error)) from None
        except FAILS as error:
            raise self._failed(error) from None

    def _opened(self) -> DeltaTable:
        if self._delta is None:
            self._delta = self._own(self._found() or self._made())
        else:
            self._delta.update_incremental()
        return self._delta

    def _found(self) -> DeltaTable | None:
        try:
            return DeltaTable(self._url, storage_options=options_of(self._lake))
        except TableNotFoundError:
            return None

    def _own(self, delta: DeltaTable) -> DeltaTable:
        """Return a table that has our days, and our columns of our kinds; others may be missing, or more."""
        wanted = {field.name: field.type for field in Schema.from_arrow(self._schema).fields}
        wrong = [field.name for field in delta.schema().fields if wanted.get(field.name, field.type) != field.type]
        if wrong or delta.metadata().partition_columns != [DAY]:
            raise TypeError(f"column {wrong[0]}" if wrong else f"its partitions are not {DAY}")
        return delta

    def _made(self) -> DeltaTable:
        try:
            return DeltaTable.create(
                self._url, self._schema, partition_by=[DAY], configuration=_CONFIGURATION, storage_options=options_of(self._lake)
            )
        except FAILS as error:
            made = self._found()  # by another archiver, at the same moment
            if made is None:
                raise error from None
            return made

    def _differs(self, delta: DeltaTable) -> bool:
        return {field.name for field in delta.schema().fields} != set(self._schema.names)

    def _failed(self, error: Exception) -> Exception:
        self._delta = None
        return lake_error(self._lake, error, self._table.name)
