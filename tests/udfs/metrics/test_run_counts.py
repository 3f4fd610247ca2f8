"""Counts that outlive the job: written by the operators, read by the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from udfs.metrics.labelled_counter import LabelledCounter
from udfs.metrics.run_counts import FOLDER, CountsFile, counts_file, read_counts


class Group:
    """A metric group whose counters go nowhere."""

    def add_group(self, *_: str) -> Group:
        return self

    def counter(self, name: str) -> Any:
        return self

    def inc(self, by: int = 1) -> None:
        pass


def test_nothing_is_kept_where_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    assert counts_file("decisions", ["approve"]) is None
    monkeypatch.setenv(FOLDER, str(tmp_path / "gone"))
    assert counts_file("decisions", ["approve"]) is None


def test_tasks_and_attempts_add_up(tmp_path: Path) -> None:
    first, second = (CountsFile(tmp_path, "decisions", ["approve", "block"]) for _ in range(2))
    first.add("approve")
    second.add("approve", 40)
    second.add("block", 2)
    CountsFile(tmp_path, "rejected", ["line"])
    assert read_counts(tmp_path) == {"decisions": {"approve": 41, "block": 2}, "rejected": {"line": 0}}
    with pytest.raises(KeyError):
        first.add("maybe")


def test_half_made_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.counts").write_bytes(b"{")
    assert read_counts(tmp_path) == {}


def test_too_many_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too many labels"):
        CountsFile(tmp_path, "x", [f"label {number}" for number in range(1000)])


def test_labelled_counter_counts_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    group: Any = Group()
    counter = LabelledCounter(group, "rejected", "field", ["amount"])
    counter.inc("amount", 3)
    counter.inc("nonsense")
    assert read_counts(tmp_path) == {"rejected": {"amount": 3, "other": 1}}


def test_counts_of_a_process_that_was_killed_are_there(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\nfrom udfs.metrics.run_counts import CountsFile\n"
        f"CountsFile(pathlib.Path({str(tmp_path)!r}), 'decisions', ['block']).add('block', 7)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60)
    assert read_counts(tmp_path) == {"decisions": {"block": 7}}
