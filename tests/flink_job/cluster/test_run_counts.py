"""What a run counts when its job starts again from a checkpoint."""

from __future__ import annotations

import time
from pathlib import Path

from flink_job.cluster.run_counts import RunCounts
from udfs.metrics.run_counts import CountsFile


def now_ms() -> int:
    time.sleep(0.005)
    return time.time_ns() // 1_000_000


def decided(counts: RunCounts, restarted_ms: int = 0, checkpoint_ms: int = 0) -> int:
    return sum(counts.look(restarted_ms, checkpoint_ms).get("decisions", {}).values())


def test_counts_go_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    counts = RunCounts(tmp_path)
    first = CountsFile(tmp_path, "decisions", ["approve"])
    first.add("approve", 300)
    assert decided(counts) == 300
    checkpoint_ms = now_ms()
    first.add("approve", 200)
    assert decided(counts) == 500
    assert decided(counts, 0, checkpoint_ms) == 500, "a checkpoint changes no count"
    restarted_ms = now_ms()
    assert decided(counts, restarted_ms, checkpoint_ms) == 300
    second = CountsFile(tmp_path, "decisions", ["approve"])
    second.add("approve", 50)
    assert decided(counts, restarted_ms, checkpoint_ms) == 350
    again_ms = now_ms()
    assert decided(counts, again_ms, checkpoint_ms) == 300, "from the same checkpoint once more"
    third = CountsFile(tmp_path, "decisions", ["approve"])
    third.add("approve", 300)
    assert decided(counts, again_ms, checkpoint_ms) == 600


def test_what_was_decided_since_the_last_checkpoint(tmp_path: Path) -> None:
    counts = RunCounts(tmp_path)
    assert counts.unsaved == 0
    file = CountsFile(tmp_path, "decisions", ["approve", "block"])
    file.add("approve", 300)
    decided(counts)
    assert counts.unsaved == 300, "there was no checkpoint"
    checkpoint_ms = now_ms()
    file.add("block", 20)
    decided(counts, 0, checkpoint_ms)
    assert counts.unsaved == 20


def test_a_burst_that_a_checkpoint_holds_is_saved(tmp_path: Path) -> None:
    """Between two looks all is decided and the barrier comes after it."""
    counts = RunCounts(tmp_path)
    decided(counts)
    file = CountsFile(tmp_path, "decisions", ["approve"])
    file.add("approve", 681)
    barrier_ms = now_ms()
    now_ms()
    decided(counts, 0, barrier_ms)
    assert counts.unsaved == 0
    file.add("approve", 3)
    decided(counts, 0, barrier_ms)
    assert counts.unsaved == 3


def test_what_a_checkpoint_may_not_hold_is_a_bound(tmp_path: Path) -> None:
    counts = RunCounts(tmp_path)
    file = CountsFile(tmp_path, "decisions", ["approve"])
    decided(counts)
    file.add("approve", 600)
    barrier_ms = now_ms()
    now_ms()
    file.add("approve", 81)
    decided(counts, 0, barrier_ms)
    assert counts.unsaved == 681, "no look was between: at most so many"


def test_a_job_without_a_checkpoint_begins_anew(tmp_path: Path) -> None:
    counts = RunCounts(tmp_path)
    for _ in range(6):
        restarted_ms = now_ms()
        CountsFile(tmp_path, "decisions", ["approve"]).add("approve", 600)
        assert decided(counts, restarted_ms) == 600, "never 3,600 of 600"
