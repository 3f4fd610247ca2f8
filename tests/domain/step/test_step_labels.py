"""What labels and unusual amounts leave in the records."""

from __future__ import annotations

import math

import numpy as np
import pytest

from domain.graph import GraphSettings
from domain.memory.record import FRAUD_UNUSUAL, FRAUD_USUAL, LEGITIMATE
from domain.step import Step
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, HOUR, START, key_of
from tests.support.step_states import States, account_record, fresh, label, order


def test_labels_count_once_and_corrections_replace() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    step(order(1, START), states)
    step(label(1, START + DAY, True), states)
    step(label(1, START + DAY + 1, True, name="again"), states)
    record = account_record(step, states)
    assert (record.frauds, record.legitimates, record.usual_n, record.usual_last) == (1, 0, 1, START)
    assert record.counters[-1, FRAUD_USUAL] == pytest.approx(1.0, abs=1e-6)
    step(label(1, START + DAY + 2, False), states)
    record = account_record(step, states)
    assert (record.frauds, record.legitimates, record.last_legit) == (0, 1, START)
    assert record.counters[:, FRAUD_USUAL] == pytest.approx(np.zeros(5), abs=1e-5)
    assert record.counters[-1, LEGITIMATE] == pytest.approx(1.0)
    assert record.events == 1, "a label is no event of the entity"


def test_frauds_more_than_two_weeks_apart_are_two_runs() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number, days in enumerate((0, 13, 40)):
        step(order(number, START + days * DAY), states)
        step(label(number, START + days * DAY + 1, True), states)
        record = account_record(step, states)
        assert (record.usual_n, record.usual_first) == ((1, START), (2, START), (1, START + 40 * DAY))[number]


def burst(step: Step, states: States) -> int:
    """Twenty orders of a device at usual amounts and one far beyond them; returns the number of that one."""
    for number in range(20):
        step(order(number, START + number * HOUR, amount=20.0 + number % 3), states)
    step(order(20, START + 20 * HOUR, amount=900.0), states)
    return 20


def test_a_fraud_at_an_unusual_amount_is_counted_apart() -> None:
    """It is explained by the account: what else the event touches must not be blamed like for an unexplained
    one.
    """
    step = Step(GraphSettings())
    states = fresh(step)
    unusual = burst(step, states)
    step(label(unusual, START + 30 * HOUR, True), states)
    step(label(19, START + 31 * HOUR, True), states)
    for position in (0, 1):
        record = EntityRecord.decode(states[position][key_of(position, 1)], step.layouts[position])
        assert record.counters[-1, [FRAUD_USUAL, FRAUD_UNUSUAL]] == pytest.approx([1.0, 1.0], abs=1e-3)
        assert (record.usual_n, record.usual_first, record.unusual_n, record.unusual_last) == (1, START + 19 * HOUR, 1, START + 20 * HOUR)
        assert record.last_unusual == START + 20 * HOUR


def test_a_label_brings_the_deviation_to_a_stage_that_has_lost_the_link() -> None:
    step = Step(GraphSettings(links=4))
    states = fresh(step)
    unusual = burst(step, states)
    for number in range(30, 36):  # other accounts push the link out of the device's memory
        step(order(number, START + 21 * HOUR, account=number), states)
    assert not any(links_of(step.layouts[1], states[1][key_of(1, 1)])["event"] == order(unusual, 0).id_hash)
    step(label(unusual, START + 30 * HOUR, True), states)
    device = EntityRecord.decode(states[1][key_of(1, 1)], step.layouts[1])
    assert (device.unusual_n, device.usual_n) == (1, 0)


def test_cleared_events_since_the_last_fraud() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number, is_fraud in enumerate((False, True, False, False)):
        step(order(number, START + number * HOUR), states)
        step(label(number, START + DAY + number, is_fraud), states)
    assert account_record(step, states).legit_since == 2


def test_a_burst_of_large_amounts_is_unusual_and_does_not_become_the_habit() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number in range(20):
        step(order(number, START + number * HOUR, amount=20.0 + number % 3), states)
    deviations = []
    for number in range(20, 25):
        trail = step(order(number, START + number * HOUR, amount=900.0), states)
        assert trail is not None
        deviations.append(trail.z)
    assert min(deviations) > 10
    assert account_record(step, states).habit_mean < 30
    unusual = links_of(step.layouts[1], states[1][key_of(1, 1)])["unusual"]
    assert list(unusual[-6:]) == [0, 1, 1, 1, 1, 1], "the device's links know, too"
    later = step(order(25, START + 24 * HOUR + 30 * DAY, address=1), states)
    assert later is not None
    assert later.summaries[1][-1] == pytest.approx(math.log(1 + 5 / 2), rel=1e-2), "half of five after a half-life of 30 days"
