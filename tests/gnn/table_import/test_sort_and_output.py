"""The external sort, and the finished file that appears whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn.table_import import TableError, import_tables, load_mapping
from gnn.table_import import convert as convert_module
from gnn.table_import.sort import Lines, LineSorter
from tests.support.table_bench import T0, Bench


@given(
    batches=st.lists(st.lists(st.tuples(st.integers(-5, 5), st.text("ab\né", max_size=9)), max_size=12), max_size=12),
    run_bytes=st.integers(1, 400),
    fan_in=st.integers(2, 4),
)
@settings(max_examples=80, deadline=None)
def test_the_external_sort_is_a_sort(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str]]], run_bytes: int, fan_in: int
) -> None:
    sorter = LineSorter(tmp_path_factory.mktemp("runs"), run_bytes, fan_in)
    rows, place = [], 0
    for batch in batches:
        keyed = [(time, place + i, text) for i, (time, text) in enumerate(batch)]
        place += len(batch)
        rows += keyed
        times, places = (np.array([row[i] for row in keyed], np.int64) for i in (0, 1))
        sorter.add(Lines(times, places, pa.array([row[2] for row in keyed], pa.string())))
    found = [row for lines in sorter.drain() for row in zip(lines.time.tolist(), lines.place.tolist(), lines.text.to_pylist(), strict=True)]
    assert found == sorted(rows)


def test_the_merge_never_holds_more_than_a_block_per_run(tmp_path: Path) -> None:
    sorter = LineSorter(tmp_path, run_bytes=20_000, fan_in=4)
    rng = np.random.default_rng(1)
    for start in range(0, 20_000, 500):
        places = np.arange(start, start + 500)
        sorter.add(Lines(rng.integers(0, 10**6, 500), places, pa.array([f"line {i:06}" for i in places])))
    assert len(sorter.runs) > 8
    pieces = [len(lines) for lines in sorter.drain()]
    assert sum(pieces) == 20_000
    assert max(pieces) * 34 < 40_000  # bytes of a line with its key; twice the budget


def shuffled(bench: Bench, rows: int = 3000) -> Path:
    rng = np.random.default_rng(5)
    times = T0 + rng.integers(0, 50, rows) * 3_600_000  # many ties
    return bench.parquet({"t": times, "who": rng.integers(0, 9, rows), "y": rng.integers(0, 2, rows)})


def test_lines_are_in_order_of_time_then_row_with_labels_after_their_subject(bench: Bench) -> None:
    for delay in ("0s", "6h"):
        lines = bench.run(shuffled(bench), keys={"label": {"column": "y", "delay": delay}}, run_bytes=5000)
        row = [int((line.get("subject_event_id") or line["event_id"]).split(":")[1]) for line in lines]
        key = [(line["event_time"], r, line["event_type"] == "label") for line, r in zip(lines, row, strict=True)]
        assert key == sorted(key)
        assert len(lines) == 6000


def test_a_small_budget_gives_the_same_bytes(bench: Bench) -> None:
    keys = {"label": {"column": "y", "delay": "6h"}}
    bench.run(shuffled(bench, 40_000), keys=keys)
    whole = bench.out.read_bytes()
    bench.run(shuffled(bench, 40_000), keys=keys, run_bytes=200_000)
    assert bench.out.read_bytes() == whole


def test_a_failed_import_leaves_the_old_file_and_nothing_else(bench: Bench) -> None:
    bench.out.write_text("old")
    good, bad = shuffled(bench), bench.csv(f"t,who,y\n{T0},,1\n")
    before = sorted(bench.folder.iterdir())
    bench.mapping(label={"column": "y", "delay": "6h"})
    with pytest.raises(TableError, match="row 1, column 'who'"):
        bench.run(good, bad, keys={"label": {"column": "y", "delay": "6h"}}, run_bytes=5000)
    assert bench.out.read_text() == "old"
    assert sorted(p for p in bench.folder.iterdir() if p.name != "m.yaml") == before


class FullDisk:
    def __init__(self, real: LineSorter) -> None:
        self.add = real.add

    def drain(self) -> Iterator[Lines]:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_clearly(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert_module, "LineSorter", lambda folder, size: FullDisk(LineSorter(folder, size)))
    with pytest.raises(TableError, match=r"events.jsonl: the disk is full; free some"):
        bench.run(shuffled(bench), keys={})
    assert not bench.out.exists()


def test_the_output_must_be_a_file_in_a_folder(bench: Bench) -> None:
    table = bench.csv(f"t,who\n{T0},a\n")
    mapping = load_mapping(bench.mapping())
    with pytest.raises(TableError, match="is a folder; give the name of the file to write"):
        import_tables(mapping, [table], bench.folder)
    with pytest.raises(TableError, match=r"cannot be written \((Not a directory|File exists)\)"):
        import_tables(mapping, [table], table / "events.jsonl")
    import_tables(mapping, [table], bench.folder / "new" / "events.jsonl")
    assert (bench.folder / "new" / "events.jsonl").read_bytes().count(b"\n") == 1


def test_progress_tells_rows_and_total_where_known(bench: Bench) -> None:
    calls: list[tuple[int, int | None]] = []
    table = bench.parquet({"t": [T0] * 40_000, "who": ["a"] * 40_000})
    bench.run(table, keys={}, progress=lambda done, total: calls.append((done, total)))
    assert [total for _, total in calls] == [40_000] * len(calls)
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    assert len(calls) > 1
    assert calls[-1][0] == 40_000
    calls.clear()
    bench.run(table, bench.csv(f"t,who\n{T0},a\n"), keys={}, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (40_001, None)
