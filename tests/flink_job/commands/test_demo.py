"""The endless demo around a job that decides at once: a silent history, then events without end."""

from __future__ import annotations

import io
import json
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from flink_job.cluster.run_state import RunState
from flink_job.settings.settings import Settings, load
from ops.secrets import PSEUDONYM_KEY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.commands import demo
    from flink_job.commands.demo import Demo, DemoPlan


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            RunState("a start", read=9, decisions={"approve": 9}, failure="disk full"),
            "started again: disk full; the log is",
        ),
        (RunState("Flink to start, about half a minute"), "stopped while it waited for Flink to start"),
    ],
)
def test_ctrl_c_says_what_it_came_upon(state: RunState, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")

    def run_job(settings: Settings, look: Callable[[RunState], None]) -> None:
        look(state)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_job", run_job)
    out = io.StringIO()
    Demo(load(None, []), DemoPlan(600, 5, tmp_path / "demo", forever=True), Console(file=out, width=100)).run()
    assert words in out.getvalue()
    assert "no file of decisions is complete yet" not in out.getvalue()


def test_the_shop_goes_on_after_a_silent_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    monkeypatch.setattr(demo, "FEED_S", 0.0)
    out, seen = io.StringIO(), []
    silent_until_ms = 0

    def run_job(settings: Settings, look: Callable[[RunState], None]) -> None:
        nonlocal silent_until_ms
        silent_until_ms = settings.job.silent_until_ms
        assert not settings.job.bounded
        for _ in range(60):
            lines = [line for path in sorted((tmp_path / "demo" / "source").glob("*.jsonl")) for line in path.read_text().splitlines()]
            events = [document for document in map(json.loads, lines) if document["event_type"] != "label"]
            seen.append([document["event_time"] for document in events])
            look(RunState(read=len(events), decisions={"approve": len(events)}))
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_job", run_job)
    Demo(load(None, []), DemoPlan(600, 5, tmp_path / "demo", forever=True), Console(file=out, width=100)).run()
    assert max(seen[0]) < silent_until_ms, "first the history alone"
    assert len(seen[-1]) >= len(seen[0]) + 20, "twenty a second"
    assert all(len(later) >= len(earlier) for earlier, later in pairwise(seen))
    assert min(seen[-1][len(seen[0]) :]) >= silent_until_ms
    assert max(seen[-1]) <= time.time() * 1000
    said = out.getvalue()
    assert said.count("the history is read, in silence; the shop goes on until you press Ctrl-C") == 1
    assert "no file of decisions is complete yet" in said
    assert (tmp_path / "demo" / "truth" / "0.parquet").exists()
