"""The last words of a command: times as options read them, lines that led to nothing, next commands."""

from __future__ import annotations

import pytest

from domain.times import moment_ms
from flink_job.commands.end_summary import day, left_out, moment, print_summary
from gnn.history.replay import ReplayCounts

DAY = 1_769_817_600_000  # 2026-01-31T00:00:00Z


@pytest.mark.parametrize(
    ("after_ms", "text"),
    [
        (0, "2026-01-31"),
        (43_200_250, "2026-01-31T12:00:00.250Z"),
        (3_600_000, "2026-01-31T01:00:00Z"),
        (86_400_000 - 1, "2026-01-31T23:59:59.999Z"),
    ],
)
def test_a_moment_is_what_options_read_and_midnight_is_the_day_alone(after_ms: int, text: str) -> None:
    assert moment(DAY + after_ms) == text
    assert moment_ms(text) == DAY + after_ms
    assert day(DAY + after_ms) == "2026-01-31"


def test_what_was_left_out_is_named_and_nothing_is_no_word() -> None:
    assert left_out(ReplayCounts()) == ""
    assert left_out(ReplayCounts(duplicates=1)) == "1 duplicate"
    assert left_out(ReplayCounts(duplicates=2, rejected=1)) == "2 duplicates, 1 line rejected"


def test_rows_without_a_text_are_left_out_and_commands_stay_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = "ringwatch evaluate " + "x" * 200
    print_summary("done", [("events", "9"), ("left out", "")], [command])
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "done"
    assert said[1:-2] == ["  events  9"], "no spaces at the end, where a program reads along"
    assert said[-2:] == ["next:", f"  {command}"]
