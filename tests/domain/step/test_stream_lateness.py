"""Lateness and age by the clock of the stream: nobody chooses how long his things are known."""

from __future__ import annotations

import pytest

from domain.graph import GraphSettings
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.lateness import SOON_MS
from domain.visits.outcome import Outcome
from tests.support.entity_record import EntityRecord
from tests.support.event_histories import DAY, HOUR, START, key_of
from tests.support.step_states import account_record, fresh, label, order, taken

GRAPH = GraphSettings(late_days=7.0)  # a day is enough by the stream's clock


@pytest.mark.parametrize("days", [1.001, 6, 8, 30, 300])
def test_an_event_that_is_late_in_the_stream_leaves_nothing_but_its_id(days: float) -> None:
    step = Step(GRAPH)
    states = fresh(step)
    trail = taken(step, order(1, START - round(days * DAY), address=1), states, START)
    assert trail is not None and trail.blocks == [b"", b"", b""], "it is scored"
    assert states[1:] == [{}, {}]
    record = account_record(step, states)
    assert (record.events, record.n_ids, record.n_links, record.first_seen) == (0, 1, 0, START - SOON_MS)
    assert taken(step, order(1, START - round(days * DAY)), states, START) is None, "a duplicate"
    assert taken(step, order(2, START, address=1), states, START) is not None
    assert account_record(step, states).events == 1
    device = EntityRecord.decode(states[1][key_of(1, 1)], step.layouts[1])
    assert (device.first_seen, device.events) == (START, 1)


def test_a_known_entity_learns_nothing_of_it_but_its_id() -> None:
    step = Step(GRAPH)
    states = fresh(step)
    taken(step, order(1, START - 20 * DAY), states, START - 20 * DAY)
    before = [dict(state) for state in states]
    taken(step, order(2, START - 20 * DAY - HOUR), states, START)
    assert states[1] == before[1]
    assert account_record(step, states).events == 1


@pytest.mark.parametrize(("lag", "age"), [(0, 0), (HOUR, HOUR), (2 * HOUR, HOUR), (DAY, HOUR)])
@pytest.mark.parametrize("is_known", [False, True])
def test_age_counts_from_arrival_but_for_an_hour(lag: int, age: int, is_known: bool) -> None:
    step = Step(GRAPH)
    states = fresh(step)
    if is_known:
        taken(step, order(1, START), states, START)
    taken(step, order(2, START - lag), states, START)
    for position in (0, 1):
        record = EntityRecord.decode(states[position][key_of(position, 1)], step.layouts[position])
        assert record.first_seen == START - age


def test_a_label_makes_nobody_old_either() -> None:
    step = Step(GRAPH)
    states = fresh(step)
    taken(step, label(1, START - 300 * DAY, is_fraud=False), states, START)
    for position in (0, 1):
        if key_of(position, 1) in states[position]:
            assert EntityRecord.decode(states[position][key_of(position, 1)], step.layouts[position]).first_seen >= START - HOUR


@pytest.mark.parametrize("is_label_first", [False, True])
def test_a_label_of_a_late_event_counts_once_and_stays_when_the_account_is_known(is_label_first: bool) -> None:
    step, late = Step(GRAPH), START - 2 * DAY
    states, told = fresh(step), [order(1, late), label(1, START, is_fraud=True)]
    for event in (*(reversed(told) if is_label_first else told), order(1, late), label(1, START, is_fraud=True)):
        taken(step, event, states, START)
    record = account_record(step, states)
    assert (record.events, record.n_ids, record.frauds) == (0, 1, 1)
    assert states[1] == {}
    taken(step, order(2, START + HOUR), states, START + HOUR)
    record = account_record(step, states)
    assert (record.events, record.n_ids, record.frauds, record.first_seen) == (1, 2, 1, START + HOUR)


def test_a_place_is_no_older_than_its_arrival_and_learns_nothing_late() -> None:
    step = Step(GraphSettings(entities=("account",), ring_entities=("ip",)))
    for lag, first_seen in ((30 * DAY, None), (DAY, START - SOON_MS), (10, START - 10)):
        event = order(1, START - lag)
        event.entities, event.places = event.entities[:1], (99,)
        trail = Trail(event)
        trail.clock_ms = START
        passed = step.through(0, step.codec.encode(trail), [None, None])
        assert passed.outcomes[1] == (Outcome.LINKED if first_seen else Outcome.LATE)
        place = passed.records[1]
        assert (place and int.from_bytes(place[1:9], "little")) == first_seen
