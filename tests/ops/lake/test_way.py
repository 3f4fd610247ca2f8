"""Streams into tables: each entry once, whatever happens between reading, committing and acknowledging."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from domain.times import DAY_MS
from ops.lake.archiver import Archiver
from ops.lake.columns import TEXT, Column
from ops.lake.delta import LakeTable
from ops.lake.meter import Meter
from ops.lake.redis_source import RedisSource
from ops.lake.storage import LakeAwayError, LakeRefusedError
from ops.lake.table_names import DECISIONS
from ops.lake.tables import Table, tables
from ops.lake.way import MOST_DAYS, Way
from tests.ops.lake.lake_samples import FIRST_MS, archived, decision, expected, fill, way


def test_what_comes_is_archived_once(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    meter = Meter()
    one = way(redis_url, stream_prefix, tmp_path, meter)
    fill(redis_client, stream_prefix, range(100))
    assert one.step() is False
    fill(redis_client, stream_prefix, range(100, 150))
    one.step()
    one.step()
    assert archived(tmp_path) == expected(range(150))
    assert (meter.rows[DECISIONS], meter.commits[DECISIONS]) == (150, 2)


def test_a_commit_names_its_range_and_the_group_follows(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    fill(redis_client, stream_prefix, range(10))
    way(redis_url, stream_prefix, tmp_path).step()
    last = redis_client.xrevrange(f"{stream_prefix}decisions", count=1)[0][0]
    ms, number = map(int, last.split("-"))
    name = f"redis:{stream_prefix}decisions"
    commit = DeltaTable(f"{tmp_path}/decisions").history(1)[0]["ringwatch"]
    assert (commit["to"], commit["entries"], commit["rows"]) == ({f"{name}#ms": ms, f"{name}#n": number}, 10, 10)
    (group,) = redis_client.xinfo_groups(f"{stream_prefix}decisions")
    assert (group["name"], group["last-delivered-id"], group["lag"], group["pending"]) == ("lake-decisions", last, 0, 0)


def test_a_large_backlog_is_committed_in_parts(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    fill(redis_client, stream_prefix, range(5000))
    one = way(redis_url, stream_prefix, tmp_path, most=2000)
    assert [one.step(), one.step(), one.step()] == [True, True, False]
    assert archived(tmp_path) == expected(range(5000))


def test_a_commit_has_few_days_however_many_the_stream_has(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    """Each day is a file, and all files of a commit are open at once."""
    for number in range(200):
        document = decision(number, event_time=FIRST_MS - DAY_MS * number)
        redis_client.xadd(f"{stream_prefix}decisions", {"json": json.dumps(document)})
    fill(redis_client, stream_prefix, range(200, 300))
    one = way(redis_url, stream_prefix, tmp_path)
    while one.step():
        pass
    assert archived(tmp_path) == expected(range(300))
    commits = [commit for commit in DeltaTable(f"{tmp_path}/decisions").history() if "ringwatch" in commit]
    assert max(int(commit["operationMetrics"]["num_added_files"]) for commit in commits) <= 2 * MOST_DAYS
    assert len(commits) < 12


def test_who_died_after_the_commit_doubles_nothing(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(50))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RedisSource, "committed", _die)
        way(redis_url, stream_prefix, tmp_path).step()
    fill(redis_client, stream_prefix, range(50, 60))
    way(redis_url, stream_prefix, tmp_path).step()
    assert archived(tmp_path) == expected(range(60))


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_of_two_archivers_the_second_goes_on_after_the_first(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the same range when the first one commits."""
    fill(redis_client, stream_prefix, range(50))
    meter = Meter()
    first, second = way(redis_url, stream_prefix, tmp_path), way(redis_url, stream_prefix, tmp_path, meter)
    append = LakeTable.append

    def overtaken(self: LakeTable, *given: Any) -> None:
        monkeypatch.setattr(LakeTable, "append", append)
        first.step()
        append(self, *given)

    monkeypatch.setattr(LakeTable, "append", overtaken)
    second.step()
    assert meter.overtaken[DECISIONS] == 1 and meter.rows[DECISIONS] == 0
    fill(redis_client, stream_prefix, range(50, 60))
    second.step()
    first.step()
    assert archived(tmp_path) == expected(range(60))


def test_two_archivers_side_by_side_lose_and_double_nothing(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    both = [Archiver([way(redis_url, stream_prefix, tmp_path, most=200)], Meter(), 0.01) for _ in range(2)]
    threads = [threading.Thread(target=one.run) for one in both]
    for thread in threads:
        thread.start()
    for start in range(0, 3000, 100):
        fill(redis_client, stream_prefix, range(start, start + 100))
    for one, thread in zip(both, threads, strict=True):
        one.stop()
        thread.join()
    way(redis_url, stream_prefix, tmp_path).step()
    assert archived(tmp_path) == expected(range(3000))


def test_a_new_column_is_null_in_the_rows_before(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    fill(redis_client, stream_prefix, range(3))
    old = tables()[DECISIONS]
    way(redis_url, stream_prefix, tmp_path).step()
    new = Table(old.name, (*old.columns, Column("channel", TEXT)), lambda row: {**row, "channel": "web"}, old.time)
    fill(redis_client, stream_prefix, range(3, 5))
    Way(new, LakeTable(str(tmp_path), new), RedisSource(redis_url, stream_prefix, ["decisions"], old.name), 100, Meter()).step()
    fill(redis_client, stream_prefix, range(5, 6))
    way(redis_url, stream_prefix, tmp_path).step()  # of the version before, which knows no such column
    found = DeltaTable(f"{tmp_path}/decisions").to_pyarrow_table(columns=["event_id", "channel"]).to_pylist()
    assert {row["event_id"]: row["channel"] for row in found} == dict.fromkeys(("e0", "e1", "e2", "e5")) | {"e3": "web", "e4": "web"}


def test_a_file_in_place_of_the_folder_is_said_with_the_mend(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    fill(redis_client, stream_prefix, range(3))
    (tmp_path / "lake").write_text("")
    with pytest.raises(LakeRefusedError, match="name another folder by"):
        way(redis_url, stream_prefix, tmp_path / "lake").step()
    assert redis_client.xinfo_groups(f"{stream_prefix}decisions") == []


def test_a_full_disk_acknowledges_nothing_and_passes(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(20))
    one = way(redis_url, stream_prefix, tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError("Generic LocalFileSystem error: No space left on device (os error 28)")

    with monkeypatch.context() as patch, pytest.raises(LakeAwayError, match="make room"):
        patch.setattr("ops.lake.delta.write_deltalake", full)
        one.step()
    assert redis_client.xinfo_groups(f"{stream_prefix}decisions")[0]["last-delivered-id"] == "0-0"
    one.forget()
    one.step()
    assert archived(tmp_path) == expected(range(20))


def test_a_fault_of_one_table_does_not_stop_the_others(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(20))
    meter = Meter()
    wrong, right = way(redis_url, stream_prefix, tmp_path / "a", meter), way(redis_url, stream_prefix, tmp_path / "b", meter)
    monkeypatch.setattr(wrong, "step", lambda: 1 / 0)
    wrong.name = "alerts"
    archiver = Archiver([wrong, right], meter, 60.0)
    archiver.run(lambda: archiver.stop() if meter.rows[DECISIONS] else None)
    assert archived(tmp_path / "b") == expected(range(20))
    assert meter.waits_for == {"alerts": "ZeroDivisionError: division by zero"}


def test_an_archiver_waits_and_goes_on(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis_client, stream_prefix, range(20))
    monkeypatch.setattr("ops.lake.archiver._FIRST_PAUSE_S", 0.01)
    meter, steps = Meter(), list[str]()
    one = way(redis_url, stream_prefix, tmp_path, meter)
    step = one.step

    def failing() -> bool:
        steps.append("step")
        if len(steps) < 3:
            raise LakeAwayError("the lake at s3://b/x cannot be reached")
        return step()

    monkeypatch.setattr(one, "step", failing)
    archiver = Archiver([one], meter, 60.0)
    archiver.run(lambda: archiver.stop() if meter.rows[DECISIONS] else None)
    assert archived(tmp_path) == expected(range(20))
    assert [record.getMessage() for record in caplog.records if "waits" in record.getMessage() or "goes on" in record.getMessage()] == [
        "The table decisions waits, and nothing is lost: the lake at s3://b/x cannot be reached",
        "The table decisions goes on.",
    ]
