"""What is remembered of a line: who came, how many of them were fresh, and since when."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.place_record import PLACE_BYTES, PLACE_HEAD, PLACE_HEAD_BYTES, PLACE_MARKS_AT
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.support.event_histories import DAY, START, key_of, make_event

LOGIN = EVENT_TYPES.index("login")
LINE = key_of(3, 1)
GRAPH = GraphSettings()
LONG_AGO = START - 90 * DAY


class Line:
    """Takes logins from one line."""

    def __init__(self) -> None:
        self.step, self.record, self.outcome = Step(GRAPH), b"", Outcome.ABSENT

    def meets(self, account: int, time_ms: int, created_ms: int) -> None:
        event = make_event(f"e{account}-{time_ms}", LOGIN, time_ms, (key_of(0, account), 0, 0))
        trail = Trail(dataclasses.replace(event, created_ms=created_ms, places=(LINE,)))
        visit = self.step.visit(3, trail, self.record or None)
        self.outcome = visit.outcome
        if visit.record is not None:
            self.record = visit.record

    def counted(self) -> list[float]:
        """Meetings, and those of fresh accounts."""
        assert len(self.record) == PLACE_BYTES
        return np.frombuffer(self.record[PLACE_HEAD_BYTES:PLACE_MARKS_AT], "<f4").tolist()

    def first_seen(self) -> int:
        return int(np.frombuffer(self.record, PLACE_HEAD, 1)["first_seen"][0])


def test_a_line_counts_each_account_once_and_apart_those_who_were_fresh() -> None:
    line = Line()
    line.meets(1, START, LONG_AGO)
    line.meets(2, START, START - 6 * DAY)
    line.meets(2, START, START - 6 * DAY)
    line.meets(3, START, START - 8 * DAY)
    assert line.counted() == [3.0, 1.0]
    line.meets(1, START + 30 * DAY, LONG_AGO)
    assert line.counted() == pytest.approx([1.5, 0.5])
    assert line.first_seen() == START


def test_a_late_login_weighs_less_and_one_too_late_nothing() -> None:
    line = Line()
    line.meets(1, START, LONG_AGO)
    line.meets(2, START - 3 * DAY, LONG_AGO)
    assert line.counted() == pytest.approx([1.0 + 2 ** (-3 / 30), 0.0])
    before = line.record
    line.meets(4, START - 8 * DAY, LONG_AGO)
    assert (line.outcome, line.record) == (Outcome.LATE, before)


def test_a_line_forgotten_begins_anew() -> None:
    line = Line()
    line.meets(1, START, START)
    line.meets(2, START + 366 * DAY, LONG_AGO)
    assert line.counted() == [1.0, 0.0]
    assert line.first_seen() == START + 366 * DAY
