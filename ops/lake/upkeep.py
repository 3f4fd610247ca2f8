"""Upkeep of the tables: old days leave, small files become large ones, files that no table names are deleted.

It may run beside archivers and queries. Of two at once one changes a table, and the other leaves it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from ops.lake.delta import FAILS
from ops.lake.rows import DAY
from ops.lake.storage import LakeError, LakeRefusedError, lake_error, options_of, table_url

LOG = logging.getLogger(__name__)

TARGET_BYTES = 128 << 20
"""Of a file that compaction makes."""


@dataclass(frozen=True)
class Kept:
    """What upkeep has done to one table."""

    table: str
    files_before: int
    files: int
    rows_deleted: int
    files_deleted: int
    """From the folder or bucket."""


def keep(url: str, tables: Iterable[str], keep_days: int, vacuum_h: float, now_ms: int) -> Iterator[Kept]:
    """Yield what was done to each table that there is. Raises LakeError, at the end of a damaged table."""
    damaged: LakeError | None = None
    for table in tables:
        try:
            delta = DeltaTable(table_url(url, table), storage_options=options_of(url))
            yield _kept(delta, table, _first_day(keep_days, now_ms), vacuum_h)
        except TableNotFoundError:
            continue
        except CommitFailedError as error:
            LOG.warning("The table %s is left for the next time: somebody else has changed it meanwhile (%s).", table, error)
        except FAILS as error:
            found = lake_error(url, error, table)
            if not isinstance(found, LakeRefusedError):
                raise found from None
            damaged = damaged or found
    if damaged is not None:
        raise damaged


def _kept(delta: DeltaTable, table: str, first_day: str | None, vacuum_h: float) -> Kept:
    before = len(delta.file_uris())
    gone = delta.delete(f"{DAY} < DATE '{first_day}'")["num_deleted_rows"] if first_day else 0
    properties = WriterProperties(compression="ZSTD")
    delta.optimize.compact(target_size=TARGET_BYTES, max_concurrent_tasks=1, writer_properties=properties)
    files = len(delta.file_uris())
    # full: files of an archiver that died before its commit are in no log
    deleted = delta.vacuum(max(1, round(vacuum_h)), dry_run=False, enforce_retention_duration=False, full=True)
    delta.create_checkpoint()
    return Kept(table, before, files, int(gone or 0), len(deleted))


def _first_day(keep_days: int, now_ms: int) -> str | None:
    """Return the first day that stays; None if all do."""
    if not keep_days:
        return None
    return (datetime.fromtimestamp(now_ms / 1000, UTC) - timedelta(days=keep_days)).date().isoformat()
