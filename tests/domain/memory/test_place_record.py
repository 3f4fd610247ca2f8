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
from tests.support.event_histories import DAY, HOUR, START, key_of, make_event

LOGIN = EVENT_TYPES.index("login")
LINE = key_of(3, 1)
GRAPH = GraphSettings()


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
        columns = dict(zip(PLACE_SEEN, trail.seen, strict=True))
        plain = ("known", "new_account", "doubtful_share")
        return {name: value if name in plain else math.expm1(value) for name, value in columns.items()}


def near(expected: dict[str, float]) -> object:
    return pytest.approx(expected, abs=0.01)


def test_a_line_never_seen_shows_nothing() -> None:
    line = Line()
    assert set(line.shown(1, START, START).values()) == {0.0}
    assert len(line.record) == PLACE_BYTES


def test_a_line_shows_who_came_and_how_many_of_them_were_fresh() -> None:
    line, long_ago = Line(), START - 90 * DAY
    line.shown(1, START, long_ago)
    line.shown(2, START, START - 6 * DAY)
    line.shown(2, START, START - 6 * DAY)
    shown = line.shown(1, START + DAY, long_ago)
    assert shown == near({
        "known": 1, "age": 24, "accounts": 2, "new_account": 0,
        "events_1d": 1.5, "meetings_1d": 1.0, "doubtful_1d": 0.5, "doubtful_share": 0.5,
    })  # fmt: skip
    assert line.shown(3, START + DAY, long_ago)["new_account"] == 1.0


def test_a_late_login_weighs_less_and_one_too_late_nothing() -> None:
    line, long_ago = Line(), START - 90 * DAY
    line.shown(1, START, long_ago)
    line.shown(2, START - DAY, long_ago)
    shown = line.shown(3, START, long_ago)
    assert (shown["events_1d"], shown["meetings_1d"]) == (pytest.approx(1.5), pytest.approx(1.5))
    before = line.record
    assert line.shown(4, START - 8 * DAY, long_ago)["accounts"] == pytest.approx(3, abs=0.1)
    assert (line.outcome, line.record) == (Outcome.LATE, before)


def test_a_line_forgotten_shows_nothing() -> None:
    line = Line()
    line.shown(1, START, START)
    assert line.shown(1, START + 366 * DAY, START)["known"] == 0.0
    assert line.shown(1, START + 366 * DAY + HOUR, START)["events_1d"] == pytest.approx(1.0, abs=0.05)
