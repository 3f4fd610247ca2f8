"""Upkeep: fewer files, the same rows, no old days; beside archivers, too."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from domain.times import DAY_MS
from ops.lake.meter import Meter
from ops.lake.table_names import DECISIONS, TABLES
from ops.lake.upkeep import keep
from tests.ops.lake.lake_samples import FIRST_MS, archived, expected, fill, way


def grown(url: str, client: Any, prefix: str, lake: Path, commits: int = 6) -> None:
    one = way(url, prefix, lake)
    for number in range(commits):
        fill(client, prefix, range(10 * number, 10 * number + 10))
        one.step()


def test_small_files_become_one_with_all_rows_and_places(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    grown(redis_url, redis_client, stream_prefix, tmp_path)
    (kept,) = keep(str(tmp_path), TABLES, 730, 168, FIRST_MS)
    assert (kept.table, kept.files_before, kept.files, kept.rows_deleted) == (DECISIONS, 6, 1, 0)
    meter = Meter()
    way(redis_url, stream_prefix, tmp_path, meter).step()
    assert archived(tmp_path) == expected(range(60)) and not meter.rows[DECISIONS]


def test_old_days_leave(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    fill(redis_client, stream_prefix, range(86_395, 86_405))
    way(redis_url, stream_prefix, tmp_path).step()
    (kept,) = keep(str(tmp_path), TABLES, 30, 168, FIRST_MS + 31 * DAY_MS)
    assert kept.rows_deleted == 5
    assert archived(tmp_path) == expected(range(86_400, 86_405))
    (kept,) = keep(str(tmp_path), TABLES, 0, 168, FIRST_MS + 1000 * DAY_MS)
    assert kept.rows_deleted == 0


def test_files_of_an_archiver_that_died_are_deleted_when_they_are_old(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    grown(redis_url, redis_client, stream_prefix, tmp_path, 1)
    day = tmp_path / DECISIONS / "day=2026-03-02"
    old, new = day / "part-00000-aaaa-c000.zstd.parquet", day / "part-00000-bbbb-c000.zstd.parquet"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 200 * 3600,) * 2)
    (kept,) = keep(str(tmp_path), TABLES, 730, 168, FIRST_MS)
    assert (kept.files_deleted, old.exists(), new.exists()) == (1, False, True)
    assert archived(tmp_path) == expected(range(10))


def test_another_upkeep_at_the_same_time_leaves_the_table(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(redis_url, redis_client, stream_prefix, tmp_path, 2)

    def meanwhile(*_: object) -> None:
        raise CommitFailedError("a concurrent transaction deleted data this operation read")

    monkeypatch.setattr("ops.lake.upkeep._kept", meanwhile)
    assert list(keep(str(tmp_path), TABLES, 730, 168, FIRST_MS)) == []


def test_an_archiver_goes_on_while_files_are_compacted(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    """The archiver has opened the table before; compaction takes nothing from under its commit."""
    one = way(redis_url, stream_prefix, tmp_path)
    fill(redis_client, stream_prefix, range(10))
    one.step()
    fill(redis_client, stream_prefix, range(10, 20))
    one.step()
    list(keep(str(tmp_path), TABLES, 730, 168, FIRST_MS))
    fill(redis_client, stream_prefix, range(20, 30))
    one.step()
    assert archived(tmp_path) == expected(range(30))
    assert len(DeltaTable(f"{tmp_path}/decisions").file_uris()) == 2
