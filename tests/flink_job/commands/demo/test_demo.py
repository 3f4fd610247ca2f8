"""The endless demo around a job that decides at once: a silent history, then events without end."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flink_job.cli import WRONG_USAGE, main
from flink_job.cluster.run_state import RunState
from flink_job.commands.demo.earlier_entries import another_prefix
from flink_job.settings.settings import Settings, load
from ops.secrets import PSEUDONYM_KEY
from tests import ROOT

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.commands.demo import demo
    from flink_job.commands.demo.demo import Demo, DemoPlan


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            RunState("a start", read=9, decisions={"approve": 9}, failure="disk full"),
            "started again: disk full; the log is",
        ),
        (RunState("Flink to start, about half a minute"), "stopped while it waited for Flink to start"),
        (RunState(read=9), "stopped before the first decision; the log is in"),
    ],
)
def test_ctrl_c_says_what_it_came_upon(state: RunState, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")

    def run_job(settings: Settings, look: Callable[[RunState], None], savepoints: Path | None, drain: bool) -> None:
        look(state)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_job", run_job)
    out = io.StringIO()
    Demo(load(None, []), DemoPlan(600, 5, tmp_path / "demo", forever=True, on_files=True), Console(file=out, width=100)).run()
    assert words in out.getvalue()
    assert "no file of decisions is complete yet" not in out.getvalue()


def test_the_shop_goes_on_after_a_silent_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    monkeypatch.setattr(demo, "FEED_S", 0.0)
    out, seen = io.StringIO(), []
    silent_until_ms = 0

    def run_job(settings: Settings, look: Callable[[RunState], None], savepoints: Path | None, drain: bool) -> None:
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
    Demo(load(None, []), DemoPlan(600, 5, tmp_path / "demo", forever=True, on_files=True), Console(file=out, width=100)).run()
    assert max(seen[0]) < silent_until_ms, "first the history alone"
    assert len(seen[-1]) >= len(seen[0]) + 20, "twenty a second"
    assert all(len(later) >= len(earlier) for earlier, later in pairwise(seen))
    assert min(seen[-1][len(seen[0]) :]) >= silent_until_ms
    assert max(seen[-1]) <= time.time() * 1000
    said = out.getvalue()
    assert said.count("the history is read, in silence; the shop goes on until you press Ctrl-C") == 1
    assert "times as fast as the clock; it reaches now in about" in " ".join(said.split())
    assert "no file of decisions is complete yet" in said
    assert (tmp_path / "demo" / "truth" / "0.parquet").exists()


def test_folder_of_somebody_else_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    assert main(["demo", "--folder", str(tmp_path)]) == WRONG_USAGE
    assert f"--folder: {tmp_path} is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_folder_of_an_earlier_demo_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    for _ in range(2):
        decide_some(monkeypatch, tmp_path / "demo", unread=0)
        run_forever(tmp_path / "demo")
        assert not (tmp_path / "demo" / "source" / "old.jsonl").exists()
        for name in ("notes.txt", "source/old.jsonl"):
            (tmp_path / "demo" / name).write_text("")
    assert (tmp_path / "demo" / "notes.txt").exists(), "what the demo has not written stays"


def test_end_counts_what_is_published_and_names_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    published = decide_some(monkeypatch, tmp_path / "demo", unread=30)
    said = " ".join(run_forever(tmp_path / "demo").split())
    assert "without a decision" not in said, "the job had not read the last events"
    assert f"{len(published):,}, after a silent history of" in said
    assert "not counted │ 12 last decisions: the job was ended before it had published them" in said
    assert " per second" not in said, "a rate of history and live events together says nothing"


def test_streams_of_an_earlier_demo_are_named_before_the_start(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    redis_client.xadd(f"{stream_prefix}alerts", {"id": "x"})
    decide_some(monkeypatch, tmp_path / "demo", unread=0, flagged=3)
    said = " ".join(run_forever(tmp_path / "demo", f"redis.url={redis_url}", f"redis.prefix={stream_prefix}").split())
    assert f"watch along: ringwatch tail --from-start --set redis.url={redis_url} --set redis.prefix={stream_prefix}" in said
    assert "already hold 1 document: what an earlier demo of the same seed has published" in said
    assert "for all of it, add --set redis.prefix=" in said
    assert "0 new; 3 more were in Redis from an earlier demo" in said
    assert "0 in 0 revisions; 3 more revisions in Redis from an earlier demo" in said
    assert "the gravest incidents" not in said, "no heading over nothing"


def test_another_prefix_is_a_new_one() -> None:
    assert [another_prefix(prefix) for prefix in ("ringwatch:", "ringwatch2:", "shop9:")] == ["ringwatch2:", "ringwatch3:", "shop10:"]


def test_reader_that_goes_ends_the_demo_with_0(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flink_job.cli", "demo", "--folder", str(tmp_path / "demo"), "--events", "2000"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (0, b"")
    process.stderr.close()


def decide_some(monkeypatch: pytest.MonkeyPatch, folder: Path, unread: int, flagged: int = 0) -> list[str]:
    """Let a job decide what is fed, but for the last `unread` events, and be ended before it has published
    the last 12; return the ids, of those after the history, that it publishes. Without `unread` it publishes
    all.
    """
    monkeypatch.setattr(demo, "FEED_S", 0.0)
    published: list[str] = []

    def run_job(settings: Settings, look: Callable[[RunState], None], savepoints: Path | None, drain: bool) -> None:
        assert savepoints == folder / "savepoints"
        for _ in range(60):
            lines = [line for path in sorted((folder / "source").glob("*.jsonl")) for line in path.read_text().splitlines()]
            events = [document for document in map(json.loads, lines) if document["event_type"] != "label"]
            look(RunState(read=len(events), decisions={"approve": len(events)}))
            time.sleep(0.05)
        decided = events[: len(events) - unread]
        shown = decided[: len(decided) - 12] if unread else decided
        (folder / "decisions").mkdir()
        names = ["approve"] * (len(shown) - flagged) + ["block"] * flagged
        documents = [
            {"event_id": event["event_id"], "event_time": event["event_time"], "decision": name, "score": 0.5, "model": "m"}
            for event, name in zip(shown, names, strict=True)
        ]
        (folder / "decisions" / "0.jsonl").write_text("".join(f"{json.dumps(document)}\n" for document in documents))
        published.extend(event["event_id"] for event in shown if event["event_time"] >= settings.job.silent_until_ms)
        look(
            RunState(
                "the last decisions", read=len(decided), decisions={"approve": len(decided)}, known_alerts=flagged, known_revisions=flagged
            )
        )
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_job", run_job)
    return published


def run_forever(folder: Path, *options: str) -> str:
    out = io.StringIO()
    Demo(load(None, options), DemoPlan(600, 5, folder, forever=True, on_files=True), Console(file=out, width=200)).run()
    return out.getvalue()
