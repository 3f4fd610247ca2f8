"""The line of a running job, and its last words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from flink_job.cluster.run_state import RunState, run_state
from flink_job.commands import live_line, run_progress
from flink_job.commands.live_line import LiveLine, waiting_for
from flink_job.commands.run_progress import RunProgress, no_more_than, print_run_summary
from flink_job.connectors.local_files import EventCount
from flink_job.settings.settings import Settings, load

HALF = RunState(read=4951, decisions={"approve": 2400, "investigate": 60, "block": 15}, revisions={"opened": 9, "grown": 4})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [100.0]
    monkeypatch.setattr(run_progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(live_line, "time", SimpleNamespace(monotonic=lambda: now[0]))
    yield now


def plain() -> tuple[io.StringIO, LiveLine]:
    out = io.StringIO()
    return out, LiveLine(Console(file=out, width=200))


def test_what_the_job_waits_for_then_what_it_has_done(clock: list[float]) -> None:
    out, line = plain()
    progress = RunProgress(line)
    for state in (RunState("Flink to start, about half a minute"), RunState("the job's tasks to start"), HALF):
        progress(state)
        clock[0] += 4
    assert out.getvalue().splitlines() == [
        "waiting for Flink to start, about half a minute",
        "waiting for the job's tasks to start",
        "2,475 events decided, 309/s, 75 flagged, 9 incidents",
    ]


def test_plain_lines_come_every_ten_seconds_and_when_something_is_missing(clock: list[float]) -> None:
    out, line = plain()
    progress = RunProgress(line, expected=9900)
    for second in range(25):
        clock[0] = 100.0 + second
        progress(replace(HALF, waits_for="Redis at localhost:6379, away for 3 s (refused)") if second == 17 else HALF)
    said = out.getvalue().splitlines()
    assert len(said) == 4
    assert said[0] == "2,475 of 9,900 events decided (25%), 0/s, 75 flagged, 9 incidents"
    assert said[2] == "2,475 of 9,900 events decided (25%); waiting for Redis at localhost:6379, away for 3 s (refused)"
    assert said[3].startswith("2,475 of "), "and it is said when the wait is over"


def test_rate_is_that_of_the_last_seconds(clock: list[float]) -> None:
    out, line = plain()
    progress = RunProgress(line)
    for second in range(60):
        clock[0] = 100.0 + second
        progress(RunState(read=9999, decisions={"approve": 1000 * min(second, 40) + 1}))
    assert " 0/s" in out.getvalue().splitlines()[-1]
    assert any(" 1,000/s" in said for said in out.getvalue().splitlines())


def test_on_a_terminal_what_is_printed_stays_above_the_line() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=60, color_system=None)
    with LiveLine(console) as line:
        for text in ("1 of 2 events decided, and so on, much longer than the terminal is wide", "2 of 2 events decided"):
            line.show(text, "")
            console.print("an alert")
    written = out.getvalue()
    shown = [part.split("\x1b")[0] for part in written.replace("\r", "").split("\n")]
    assert written.count("an alert") == 2
    assert all("decided" not in text.partition("an alert")[0] for text in shown if "an alert" in text)
    assert "…" in written, "one row, whatever the terminal's width"
    assert written.endswith(("\x1b[2K", "\x1b[?25h")), "the line is gone at the end"


def test_terminal_that_cannot_go_back_gets_plain_lines(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = io.StringIO()
    progress = RunProgress(LiveLine(Console(file=out, force_terminal=True, width=80)))
    for second in range(21):
        clock[0] = 100.0 + second
        progress(HALF)
    assert out.getvalue().splitlines() == 3 * ["2,475 events decided, 0/s, 75 flagged, 9 incidents"]


def test_a_row_that_a_narrower_terminal_has_broken_is_written_over() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    with LiveLine(console) as line:
        line.show("x" * 100, "")
        console.width = 36
        out.seek(0)
        out.truncate()
        line.show("y" * 100, "")
        assert out.getvalue().startswith(2 * "\x1b[2K\x1b[1A"), "102 cells are three rows of 36"
        out.seek(0)
        out.truncate()
        line.show("z", "")
        assert "\x1b[1A" not in out.getvalue()


def test_what_a_command_waits_for_is_said_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting_for("the savepoint"):
        pass
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def settings() -> Settings:
    return load(None, ["job.decisions=file:out", "redis.url=redis://h:1/0"])


def test_line_never_counts_more_than_there_are(clock: list[float]) -> None:
    out, line = plain()
    again = RunState(decisions={"approve": 700})
    RunProgress(line, expected=600)(again)
    clock[0] += 20
    RunProgress(line, expected=600, is_exact=False)(again)
    clock[0] += 20
    RunProgress(line, expected=900, is_exact=False)(again)
    shares = ["600 of 600 events decided (100%)", "700 of about 700 events decided (100%)", "700 of about 900 events decided (78%)"]
    assert [said.partition(",  ")[0].rsplit(", ", 3)[0] for said in out.getvalue().splitlines()] == shares


def test_counts_stay_in_sight_beside_a_long_cause() -> None:
    out = io.StringIO()
    with LiveLine(Console(file=out, force_terminal=True, width=80, color_system=None)) as line:
        RunProgress(line, expected=9900)(replace(HALF, waits_for="the job to start again after a failure: " + 40 * "cause "))
    assert "2,475 of 9,900 events decided (25%); waiting for the job to start again" in out.getvalue()


def test_summary_counts_no_more_than_there_are() -> None:
    state = RunState(decisions={"approve": 690, "block": 10})
    assert no_more_than(state, EventCount(600, True)).decisions == {"approve": 590, "block": 10}
    for count in (None, EventCount(700, True), EventCount(600, False)):
        assert no_more_than(state, count) == state


def test_evaluate_is_named_only_where_there_are_decisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, ["job.decisions=file:out"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".decisions-0.jsonl.inprogress.1").write_text("{}\n")
    print_run_summary(HALF, settings, 1.0)
    assert "ringwatch evaluate" not in capsys.readouterr().err
    (tmp_path / "out" / "decisions-0.jsonl").write_text("{}\n")
    print_run_summary(HALF, settings, 1.0)
    assert "ringwatch evaluate --decisions out --truth TRUTH" in capsys.readouterr().err


def test_summary_names_everything(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "decisions-0.jsonl").write_text("{}\n")
    state = replace(HALF, rejected={"amount": 1, "event_time": 2}, restarts=1)
    print_run_summary(state, settings, 50.0)
    said = [" ".join(line.split()) for line in capsys.readouterr().err.splitlines()]
    assert said[:8] == [
        "done",
        "decided 2,475 events: approve 2,400, investigate 60, block 15",
        "flagged 75 (3.0%): investigate or block",
        "incidents 9 opened, 13 revisions published",
        "rejected 3: 2 with a fault in event_time, 1 with a fault in amount",
        "restarted 1 time, from the last checkpoint; the counts are close",
        "time 50 s with the start of Flink, 50 events/s",
        "decisions file:out",
    ]
    assert said[8:] == [
        "next:",
        "ringwatch tail --streams incidents --from-start --set redis.url=redis://h:1/0",
        "ringwatch tail --streams rejected --from-start --set redis.url=redis://h:1/0",
        "ringwatch evaluate --decisions out --truth TRUTH",
    ]


def summary(state: RunState, capsys: pytest.CaptureFixture[str], *overrides: str, **more: str) -> dict[str, str]:
    """Rows of a summary by name."""
    print_run_summary(state, load(None, overrides), 50.0, **more)
    rows = (line.strip().split("  ", 1) for line in capsys.readouterr().err.splitlines()[1:])
    return {row[0]: row[1].strip() for row in rows if len(row) == 2}


def test_summary_says_why_alerts_were_not_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert "in Redis before" not in summary(HALF, capsys)
    state = replace(HALF, silent=40, known_alerts=30, known_revisions=1)
    rows = summary(state, capsys)
    assert rows["flagged"] == "75 (3.0%): investigate or block; 40 of them before job.silent_until: not published"
    assert rows["in Redis before"] == (
        "30 alerts and 1 revision, not published again: Redis knows them for 7 days (redis.dedupe_days); for streams of "
        "this run's own set another redis.prefix"
    )
    assert summary(state, capsys, "job.resume=true")["in Redis before"] == "30 alerts and 1 revision, not published again", (
        "a few are normal"
    )


def test_summary_of_broken_lines_and_of_decisions_that_nobody_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    rows = summary(replace(HALF, rejected={"other": 2, "line": 7}), capsys, title="interrupted", not_written="about 9 decisions")
    assert rows["rejected"] == "9: 7 not readable as JSON objects, 2 with other faults"
    rows = summary(replace(HALF, rejected={"line": 7}, known_rejected=3), capsys, title="interrupted", not_written="about 9 decisions")
    assert rows["rejected"] == (
        "7: 7 not readable as JSON objects; 3 of them equal to one that was in the stream rejected, where equal lines are one entry"
    )
    assert rows["not written"] == "about 9 decisions"


def test_summary_of_a_run_that_decided_nothing(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    print_run_summary(RunState(), settings, 30.0, "interrupted")
    said = capsys.readouterr().err
    assert said.startswith("interrupted\n")
    assert "no event" in said and "no line" in said and "next:" not in said


def test_state_leaves_out_what_counted_nothing() -> None:
    counts = {"decisions": {"approve": 3, "block": 1, "investigate": 0, "other": 0}, "rejected": {"amount": 0}}
    counts |= {"alerts": {"published": 1, "known": 2, "silent": 3}, "known_revisions": {"known": 4}, "known_rejected": {"known": 6}}
    state = run_state("", 2, counts, 0, unsaved=5)
    assert (state.silent, state.known_alerts, state.known_revisions, state.known_rejected, state.unsaved) == (3, 2, 4, 6, 5)
    assert (state.decisions, state.rejected, state.decided, state.flagged) == ({"approve": 3, "block": 1}, {}, 4, 1)
    assert state.read == 4, "Flink's count of what was read comes later"


def test_summary_counts_control_records_apart(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"control_records": {"accepted": 3, "refused": 155, "same": 0, "stale": 2, "other": 0}}
    state = replace(HALF, control=run_state("", 2, counts, 0).control)
    rows = summary(state, capsys)
    assert rows["rejected"] == "no line of events"
    assert rows["control records"] == "3 accepted, 155 refused, 2 of no higher version than before"
    assert "control records" not in summary(HALF, capsys)
    print_run_summary(state, settings, 1.0)
    assert "ringwatch tail --streams rejected" in capsys.readouterr().err, "the refused are there"
