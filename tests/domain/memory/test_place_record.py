"""What is remembered of a line, and what an event is shown of it before it is learnt."""

from __future__ import annotations

import dataclasses
import math

import pytest

from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.place_record import PLACE_BYTES
from domain.memory.trail import PLACE_SEEN, Trail, TrailCodec
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.support.event_histories import DAY, HOUR, MINUTE, START, key_of, make_event

LOGIN = EVENT_TYPES.index("login")
LINE = key_of(3, 1)
GRAPH = GraphSettings()
LONG_AGO = START - 90 * DAY


class Line:
    """Takes logins from one line."""

    def __init__(self) -> None:
        self.step, self.record, self.outcome = Step(GRAPH), b"", Outcome.ABSENT

    def shown(self, account: int, time_ms: int, created_ms: int) -> dict[str, float]:
        """What a login is shown, in plain numbers."""
        event = make_event(f"e{account}-{time_ms}", LOGIN, time_ms, (key_of(0, account), 0, 0))
        trail = Trail(dataclasses.replace(event, created_ms=created_ms, places=(LINE,)))
        visit = self.step.visit(3, trail, self.record or None)
        self.outcome = visit.outcome
        if visit.record is not None:
            self.record = visit.record
        assert TrailCodec(GRAPH).decode(TrailCodec(GRAPH).encode(trail)).seen == trail.seen
        return {name: math.expm1(value) for name, value in zip(PLACE_SEEN, trail.seen, strict=True)}


def near(expected: dict[str, float]) -> object:
    return pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("days", [0, 90])
def test_a_line_never_seen_shows_the_meeting_that_is_now(days: int) -> None:
    line = Line()
    shown = line.shown(1, START, START - days * DAY)
    assert shown == near({"age": 0, "others": 0, "meetings_1d": 1, "doubtful_1d": float(days == 0)})
    assert len(line.record) == PLACE_BYTES


def test_a_fresh_account_is_shown_who_came_and_how_many_of_them_were_fresh() -> None:
    line = Line()
    line.shown(1, START, LONG_AGO)
    line.shown(2, START, START - 6 * DAY)
    line.shown(2, START, START - 6 * DAY)
    shown = line.shown(3, START + DAY, START)
    assert shown == near({"age": 24, "others": 2, "meetings_1d": 2.0, "doubtful_1d": 1.5})
    shown = line.shown(3, START + DAY, START)
    assert shown == near({"age": 24, "others": 2, "meetings_1d": 2.0, "doubtful_1d": 1.5})


def test_an_established_account_is_not_shown_those_who_were_fresh() -> None:
    line = Line()
    line.shown(1, START, LONG_AGO)
    line.shown(2, START, START - 6 * DAY)
    for account, others, meetings in ((1, 1, 0.5), (3, 2, 1.5)):
        shown = line.shown(account, START + DAY, LONG_AGO)
        assert shown == near({"age": 24, "others": others, "meetings_1d": meetings, "doubtful_1d": 0})


def test_a_hundred_fresh_accounts_are_shown_as_ten() -> None:
    """A ring can have them for a login each, and what is a crowd at a kiosk may be one at its line."""
    line = Line()
    for account in range(100):
        line.shown(10 + account, START, START)
    shown = line.shown(1, START + HOUR, START)
    assert (shown["meetings_1d"], shown["doubtful_1d"]) == pytest.approx((10.0, 10.0))


@pytest.mark.parametrize("days", [0, 90])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_two_events_of_an_account_are_shown_the_same_in_either_order(days: int, others: int) -> None:
    created, times = START - days * DAY, (START, START + 10 * MINUTE)
    found = []
    for order in (times, times[::-1]):
        line = Line()
        for account in range(others):
            line.shown(10 + account, START - DAY, START - 2 * DAY)
        shown = {time: line.shown(1, time, created) for time in order}
        found.append([shown[time] for time in times])
    assert found[0] == found[1] == found[0][::-1]


def test_a_late_login_weighs_less_and_one_too_late_nothing() -> None:
    line = Line()
    line.shown(1, START, LONG_AGO)
    line.shown(2, START - DAY, LONG_AGO)
    assert line.shown(3, START, LONG_AGO)["meetings_1d"] == pytest.approx(2.5)
    before = line.record
    assert line.shown(4, START - 8 * DAY, LONG_AGO)["others"] == pytest.approx(3, abs=0.1)
    assert (line.outcome, line.record) == (Outcome.LATE, before)


def test_a_line_forgotten_begins_anew() -> None:
    line = Line()
    line.shown(1, START, START)
    assert line.shown(2, START + 366 * DAY, START)["others"] == 0.0
    assert line.shown(3, START + 366 * DAY + HOUR, START)["others"] == pytest.approx(1.0, abs=0.05)
