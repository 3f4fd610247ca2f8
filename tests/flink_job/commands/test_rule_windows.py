"""A rule is tried on as many of the newest events as the time allows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flink_job.commands import rule_windows
from flink_job.commands.rule_windows import Watch, widest


class Clock:
    """A clock that goes on by what a trial takes; `held` is how many events the stream has."""

    def __init__(self, event_s: float, held: int = 100_000, start_s: float = 0.0) -> None:
        self.now, self._event_s, self._held, self._start_s = 100.0, event_s, held, start_s
        self.asked: list[int] = []

    def monotonic(self) -> float:
        return self.now

    def tried(self, most: int, watch: Watch) -> tuple[int, int]:
        """Take the time of so many events, a thousand at once."""
        self.asked.append(most)
        self.now += self._start_s
        events = min(most, self._held)
        for done in range(0, events, 1000):
            self.now += self._event_s * min(1000, events - done)
            watch()
        return events, events


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Clock], Clock]:
    def use(clock: Clock) -> Clock:
        monkeypatch.setattr(rule_windows, "time", clock)
        return clock

    return use


@pytest.mark.parametrize(
    ("event_s", "start_s", "found", "asked"),
    [
        (0.0005, 1.0, 20_000, [1000, 4000, 16_000, 20_000]),
        (0.0025, 1.0, 4000, [1000, 4000, 16_000]),  # the third does not end in time
        (0.009, 1.0, 1000, [1000, 4000]),
        (0.03, 0.0, 1000, [1000]),  # the next one would not even take as long as the first
        (0.2, 0.0, 1000, [1000]),  # the first goes on to its end
    ],
)  # fmt: skip
def test_the_largest_window_that_fits_is_told(
    clocked: Callable[[Clock], Clock], event_s: float, start_s: float, found: int, asked: list[int]
) -> None:
    clock = clocked(Clock(event_s, start_s=start_s))
    assert widest(20_000, 45.0, clock.tried) == found and clock.asked == asked
    assert clock.now <= 100.0 + max(45.0 + 1000 * event_s, start_s + 1000 * event_s)


def test_a_stream_that_holds_fewer_events_is_tried_once_more_at_most(clocked: Callable[[Clock], Clock]) -> None:
    few, some = clocked(Clock(0.001, held=300)), Clock(0.001, held=2500)
    assert widest(20_000, 45.0, few.tried) == 300 and few.asked == [1000]
    clocked(some)
    assert widest(20_000, 45.0, some.tried) == 2500 and some.asked == [1000, 4000]


def test_without_a_time_there_is_one_window(clocked: Callable[[Clock], Clock]) -> None:
    clock = clocked(Clock(1.0))
    assert widest(20_000, None, clock.tried) == 20_000 and clock.asked == [20_000]


def test_a_small_number_is_one_window(clocked: Callable[[Clock], Clock]) -> None:
    clock = clocked(Clock(0.001))
    assert widest(700, 45.0, clock.tried) == 700 and clock.asked == [700]
