"""Amounts of several currencies: compared in one, or each with its own alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.currency import CODES
from domain.events.event import Event
from domain.events.exchange_rates import unit_of
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.memory.habit import HABIT_MEMORY
from domain.memory.trail import Trail
from domain.step import Step
from tests.support.event_histories import HOUR, SMALL_GRAPHS, START, histories
from tests.support.step_states import States, account_record, fresh, order

JPY, KWD = ("JPY", 1 / 128), ("KWD", math.nan)
GRAPH = GraphSettings(ring_entities=())


def paid(number: int, amount: float, money: tuple[str, float] = ("EUR", 1.0)) -> Event:
    return replace(order(number, START + number * HOUR, amount=amount, address=1), currency=money[0], rate=money[1])


def taken(step: Step, states: States, events: Sequence[Event]) -> list[bytes]:
    return [trail for event in events if (trail := step.encoded(Trail(event), states)) is not None]


def last_row(events: Sequence[Event]) -> dict[str, float]:
    """The columns of the last event, in their units."""
    extractor, step = FeatureExtractor(GRAPH), Step(GRAPH)
    row = extractor.extract(taken(step, fresh(step), events)[-1:]).flat()[0]
    return {feature.name: feature.shown(value) for feature, value in zip(extractor.flat_features, row, strict=True)}


def last_z(events: Sequence[Event]) -> float:
    step = Step(GRAPH)
    return step.codec.decode(taken(step, fresh(step), events)[-1]).z


def habit(amounts: Sequence[float], money: tuple[str, float]) -> list[Event]:
    return [paid(number, amount, money) for number, amount in enumerate(amounts)]


def test_the_same_number_in_another_currency_is_another_amount() -> None:
    usual = habit([8_000.0, 8_192.0, 7_900.0, 8_100.0], JPY)
    assert last_z([*usual, paid(9, 8_000.0)]) == 20.0
    assert abs(last_z([*usual, paid(9, 63.0)])) < 1.0
    assert abs(last_z([*usual, paid(9, 8_000.0, JPY)])) < 1.0


def test_what_has_no_rate_is_compared_with_its_own_alone() -> None:
    """Three decimals: 12.345 dinars."""
    usual = habit([12.345, 12.5, 11.875, 12.25], KWD)
    assert last_z([*usual, paid(9, 120.5, KWD)]) == 20.0
    assert abs(last_z([*usual, paid(9, 12.375, KWD)])) < 1.0
    assert last_z([*usual, paid(9, 120.5)]) == 0.0, "no euros were ever paid"
    euros = [paid(10 + number, 20.0) for number in range(4)]
    assert last_z([*usual, *euros, paid(20, 12.25, KWD)]) == pytest.approx(0.0, abs=0.1), "euros are no habit of dinars"
    assert last_z([*usual, *euros, paid(20, 20.0)]) == 0.0


def test_the_columns_of_every_entity_tell_it() -> None:
    usual = habit([12.345, 12.5, 11.875, 12.25], KWD)
    row = last_row([*usual, paid(9, 120.5, KWD)])
    for kind in GRAPH.entities:
        assert row[f"{kind}.habit_z"] == 20.0
        assert row[f"{kind}.habit_ratio"] == pytest.approx(math.log(121.5 / 13.245), rel=0.01)
        assert row[f"{kind}.amount_ratio_1d"] == 0.0, "there is no sum of euros"
    assert (row["event.amount"], row["event.has_amount"]) == (0.0, 1.0)


@pytest.mark.parametrize("graph", SMALL_GRAPHS[:2])
@settings(max_examples=30, deadline=None)
@given(data=st.data(), power=st.integers(-12, 12))
def test_ten_times_the_amounts_at_a_tenth_of_the_rate_are_the_same_to_the_last_bit(
    graph: GraphSettings, data: st.DataObject, power: int
) -> None:
    """Powers of two, so that nothing is rounded."""
    step, extractor = Step(graph), FeatureExtractor(graph)
    events = [replace(event, rate=1.0) for event in data.draw(histories(graph, max_size=25))]
    scaled = [event if event.is_label else replace(event, amount=event.amount * 2.0**power, rate=2.0**-power) for event in events]
    states, others = fresh(step), fresh(step)
    trails, scaled_trails = taken(step, states, events), taken(step, others, scaled)
    assert states == others
    scored = [[trail for trail in one if not step.codec.event(trail).is_label] for one in (trails, scaled_trails)]
    rows = [extractor.extract(one).flat() for one in scored]
    assert np.array_equal(*rows)


def test_invented_currencies_take_no_room_and_drive_no_habit_out() -> None:
    step = Step(GRAPH)
    states = fresh(step)
    taken(step, states, habit([12.25] * 50, KWD))
    strangers = sorted(CODES - {"KWD"}) * 2
    taken(step, states, [paid(50 + number, 1e9, (code, math.nan)) for number, code in enumerate(strangers)])
    record = account_record(step, states)
    assert (record.other_unit_1, record.other_n_1, record.other_mean_1) == (unit_of("KWD"), 50, 12.25)
    assert len(record.encode()) <= step.layouts[0].max_bytes
    assert step.codec.decode(taken(step, states, [paid(999, 130.0, KWD)])[0]).z == 20.0


def test_a_habit_makes_room_after_as_many_strangers_as_it_has_amounts() -> None:
    step = Step(GRAPH)
    states = fresh(step)
    taken(step, states, [*habit([5.0] * 4, KWD), *(paid(10 + n, 9.0, ("XOF", math.nan)) for n in range(6))])
    taken(step, states, [paid(20 + n, 7.0, ("MRU", math.nan)) for n in range(5)])
    record = account_record(step, states)
    assert (record.other_unit_1, record.other_n_1, record.other_mean_1, record.other_var_1) == (unit_of("MRU"), 1, 7.0, 0.0)
    assert (record.other_unit_2, record.other_n_2) == (unit_of("XOF"), 6)


def test_a_habit_counts_no_further_than_it_remembers() -> None:
    step = Step(GRAPH)
    states = fresh(step)
    taken(step, states, habit([5.0] * (HABIT_MEMORY + 20), KWD))
    assert account_record(step, states).other_n_1 == HABIT_MEMORY
