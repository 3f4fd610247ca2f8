"""Counts of counterparts, hubs, and the bounds of a record in bytes and time."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.record import RECORD_LIMIT_BYTES
from domain.memory.trail import NO_RING
from domain.step import Step
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, MINUTE, START, hash_of, key_of, make_event
from tests.support.step_states import LOGIN, ORDER, States, account_record, fresh, order


@pytest.mark.parametrize("known", [25, 100, 300, 600])
def test_the_estimate_of_distinct_counterparts_against_the_exact_set(known: int) -> None:
    step = Step(GraphSettings(entities=("account", "device")))
    states = fresh(step)
    for number in range(known):
        for again in range(2):
            step(make_event(f"{number}-{again}", LOGIN, START + number, (hash_of(f"a{number}"), 5)), states)
    assert EntityRecord.decode(states[1][5], step.layouts[1]).distinct(0) == pytest.approx(known, rel=0.2)


def test_counterparts_fade_after_two_windows() -> None:
    step = Step(GraphSettings(distinct_days=30.0))
    distinct = []
    states = fresh(step)
    for account, days in enumerate((0, 20, 40, 70, 95)):
        step(order(account, START + days * DAY, account=account), states)
        distinct.append(round(EntityRecord.decode(states[1][key_of(1, 1)], step.layouts[1]).distinct(0)))
    assert distinct == [1, 2, 3, 2, 2], "windows of 30 days: {0, 20}, {40}, {70}, {95}"


@pytest.mark.parametrize("degree", [2, 5, 12])
def test_a_hub_has_more_accounts_than_the_limit_not_as_many(degree: int) -> None:
    """A hub joins no ring and keeps a sample of its links."""
    step = Step(GraphSettings(hub_degree=degree, hub_sample=1000, links=64))
    states, met = fresh(step), []
    for account in range(degree + 2):
        trail = step(replace(order(account, START + account, account=account), created_ms=START - 30 * DAY), states)
        assert trail is not None
        met.append(trail.rings[1] != NO_RING)
    assert met == [False] + [True] * degree + [False], "the first finds no label, the last a hub"
    assert len(links_of(step.layouts[1], states[1][key_of(1, 1)])) == degree


@pytest.mark.parametrize("age", [None, 6 * DAY])
def test_accounts_made_for_it_make_no_hub_until_they_are_ten_times_as_many(age: int | None) -> None:
    step = Step(GraphSettings(hub_degree=2))
    states, met = fresh(step), []
    for account in range(24):
        event = order(account, START + account, account=account)
        trail = step(event if age is None else replace(event, created_ms=event.time_ms - age), states)
        assert trail is not None
        met.append(trail.rings[1] != NO_RING)
    assert all(met[1:18])
    assert not any(met[-3:])


def test_an_account_is_no_hub() -> None:
    step = Step(GraphSettings(hub_degree=2, hub_sample=1000, links=64))
    states = fresh(step)
    for device in range(9):
        step(order(device, START + device, device=device), states)
    record = account_record(step, states)
    assert (round(record.distinct(0)), record.n_links) == (9, 9)


def test_a_hub_keeps_a_sample_of_links_and_counts_all() -> None:
    step = Step(GraphSettings(hub_degree=3, hub_sample=4, links=64, entities=("account", "device")))
    states = fresh(step)
    for number in range(300):
        event = make_event(f"o{number}", LOGIN, START + number, (key_of(0, number % 10), key_of(1, 1)))
        step(replace(event, created_ms=START - 30 * DAY), states)
    data = states[1][key_of(1, 1)]
    record = EntityRecord.decode(data, step.layouts[1])
    assert record.events == 300
    kept = {int(event) for event in links_of(step.layouts[1], data)["event"]}
    expected = [hash_of(f"o{number}") for number in range(300) if number < 3 or hash_of(f"o{number}") % 4 == 0]
    assert kept == set(expected[-64:])


def _hub_run(step: Step, states: States, numbers: range) -> float:
    """Take events of ever new accounts on one device; CPU seconds per event (of the fastest tenth)."""
    tenths = []
    size = len(numbers) // 10
    for tenth in range(10):
        events = [
            make_event(f"o{n}", ORDER, START + n * MINUTE, (hash_of(f"a{n % 3000}"), 5, hash_of(f"p{n % 50}")), 10.0 + n % 7)
            for n in numbers[tenth * size : (tenth + 1) * size]
        ]
        started = time.process_time()
        for event in events:
            step(event, states)
        tenths.append((time.process_time() - started) / size)
    return min(tenths)


def test_ten_thousand_events_on_one_device_stay_bounded_in_bytes_and_time() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    early = _hub_run(step, states, range(1000))
    _hub_run(step, states, range(1000, 9000))
    late = _hub_run(step, states, range(9000, 10_000))
    for layout, state in zip(step.layouts, states, strict=True):
        assert max(map(len, state.values())) <= layout.max_bytes < 4096, "the default budget"
    assert EntityRecord.decode(states[1][5], step.layouts[1]).events == 10_000
    assert EntityRecord.decode(states[1][5], step.layouts[1]).distinct(0) > step.graph.hub_degree
    assert late < 2.5 * early


def test_a_record_at_its_limit_is_as_long_as_its_layout_says() -> None:
    kinds = ("account", "device", "address", "merchant", "payment", "email", "ip")
    graph = GraphSettings(entities=kinds, links=16, duplicates=64, hub_degree=1000)
    step = Step(graph)
    states = fresh(step)
    for number in range(80):
        step(make_event(f"o{number}", ORDER, START + number, tuple(key_of(kind, 1) for kind in range(7)), 5.0), states)
    for number in range(80):  # links and ids of the first ones are gone: their labels are held
        keys = tuple(key_of(kind, 1) for kind in range(7))
        step(make_event(f"l{number}", LABEL_CODE, START + 100 + number, keys, subject=f"o{number}", is_fraud=True), states)
    for kind, (layout, state) in enumerate(zip(step.layouts, states, strict=True)):
        assert len(state[key_of(kind, 1)]) == layout.max_bytes <= RECORD_LIMIT_BYTES
