"""Progress of long commands: the phase, its share, and the time that is left."""

from __future__ import annotations

import io

import pytest

from flink_job.commands import phase_progress
from flink_job.commands.phase_progress import PhaseProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(phase_progress.time, "monotonic", lambda: now[0])
    return now


def test_plain_lines_come_seldom_and_tell_the_time_left(clock: list[float]) -> None:
    out = io.StringIO()
    with PhaseProgress(out) as progress:
        for second in range(21):
            clock[0] = float(second)
            progress("boosted trees: training", second * 10, 600)
    assert out.getvalue().splitlines() == [
        "boosted trees: training: 50 of 600 (8%)",
        "boosted trees: training: 100 of 600 (17%), about 50 seconds left",
        "boosted trees: training: 150 of 600 (25%), about 45 seconds left",
        "boosted trees: training: 200 of 600 (33%), about 40 seconds left",
    ]


def test_time_left_is_measured_within_the_phase(clock: list[float]) -> None:
    out = io.StringIO()
    progress = PhaseProgress(out)
    progress("reading labels", 9000, 0)
    clock[0] = 100.0
    progress("replaying", 1000, 3000)
    clock[0] = 110.0
    progress("replaying", 2000, 3000)
    assert out.getvalue().splitlines() == ["replaying: 1,000 of 3,000 (33%)", "replaying: 2,000 of 3,000 (67%), about 10 seconds left"]


def test_a_small_part_of_the_work_says_nothing_about_the_rest(clock: list[float]) -> None:
    out = io.StringIO()
    progress = PhaseProgress(out)
    for second, done in ((0, 0), (20, 40), (30, 50), (65, 52)):
        clock[0] = float(second)
        progress("replaying", done, 1000)
    assert [("left" in line) for line in out.getvalue().splitlines()] == [False, True, True]


def test_a_terminal_gets_one_line_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with PhaseProgress(out) as progress:
        progress("replaying", 10, 40)
    text = out.getvalue()
    assert "replaying" in text and "10 of 40 (25%)" in text
    assert text.endswith("\x1b[2K"), "the line is erased"


def test_terminal_that_cannot_go_back_gets_plain_lines(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    progress = PhaseProgress(out)
    for second in range(6):
        clock[0] = float(second)
        progress("replaying", second, 40)
    assert out.getvalue().splitlines() == ["replaying: 5 of 40 (12%)"]
