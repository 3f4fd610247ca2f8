"""The one step against its oracle, stage by stage against whole, and its bounds."""

from __future__ import annotations

import math
import random
import struct
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import domain.step
from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import EVENT_TYPES, LABEL_CODE, GraphSettings
from domain.memory.learning import has_seen
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, UNKNOWN
from domain.memory.record import (
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    LEGITIMATE,
    NEVER,
    RECORD_LIMIT_BYTES,
    RecordLayout,
)
from domain.memory.trail import NO_RING, NO_SUMMARY, Trail, TrailCodec
from domain.step import Outcome, Step
from domain.times import DAY_S
from tests.oracles.step_oracle import Entity, Oracle, View
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, HOUR, MINUTE, SMALL_GRAPHS, START, hash_of, histories, key_of, make_event
from tests.support.interpreted import interpret

ORDER = EVENT_TYPES.index("order")
LOGIN = EVENT_TYPES.index("login")
States = list[dict[int, bytes]]
near = lambda expected: pytest.approx(expected, rel=2e-4, abs=2e-4)  # noqa: E731 - records hold 32-bit floats


def assert_like(data: bytes, layout: RecordLayout, view: View) -> None:
    """The stored record says what the oracle says, field by field."""
    record = EntityRecord.decode(data, layout)
    assert record.encode() == data
    assert (record.first_seen, record.last_seen, record.clock) == (view.first_seen, view.last_seen, view.clock)
    assert record.events == view.events
    assert record.counters == near(np.array(view.counters))
    assert record.kinds == near(np.array(view.kinds))
    assert record.habit_n == view.habit_n
    assert (record.habit_mean, record.habit_var) == (near(view.habit_mean), near(view.habit_var))
    assert (record.hour_cos, record.hour_sin) == (near(view.hour_cos), near(view.hour_sin))
    assert (record.frauds, record.legitimates, record.legit_since) == (view.frauds, view.legitimates, view.legit_since)
    runs = (record.usual_n, record.usual_first, record.unusual_n, record.unusual_first)
    assert runs == (len(view.usual_run), min(view.usual_run, default=NEVER), len(view.unusual_run), min(view.unusual_run, default=NEVER))
    never = [NEVER if when is None else when for when in (view.usual_last, view.unusual_last, view.last_legit, view.last_unusual)]
    assert [record.usual_last, record.unusual_last, record.last_legit, record.last_unusual] == never
    assert [record.distinct(slot) for slot in range(len(layout.others))] == pytest.approx([len(met) for met in view.met], abs=0.1)
    assert list(np.frombuffer(record.ids, "<u8")) == view.ids
    assert len(links_of(layout, data)) == record.n_links == len(view.links)
    labels = {None: UNKNOWN, True: FRAUD_LABEL, False: LEGIT_LABEL}
    for link, expected in zip(links_of(layout, data), view.links, strict=True):
        assert (link["time"], link["event"], link["type"]) == (expected.time_ms, expected.event, expected.type_code)
        assert tuple(link["others"]) == expected.others
        assert (link["label"], link["unusual"]) == (labels[expected.is_fraud], expected.unusual)
        assert link["amount"] == pytest.approx(expected.amount, rel=1e-6, nan_ok=True)
        assert link["z"] == near(expected.z)
        assert [tuple(row) for row in link["summaries"]] == [pytest.approx(row, abs=0.02) for row in expected.summaries]


def fresh(step: Step) -> States:
    return [{} for _ in step.graph.entities]


@pytest.mark.parametrize("graph", SMALL_GRAPHS, ids=lambda graph: "-".join(graph.entities) + f"-{graph.links}")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_field_of_every_record_is_what_the_whole_history_says(graph: GraphSettings, data: st.DataObject) -> None:
    step, oracle = Step(graph), Oracle(graph)
    states = fresh(step)
    for event in data.draw(histories(graph)):
        trail, before = step(event, states), oracle.take(event)
        assume(not oracle.borderline)
        assert (trail is None) is (before is None), "a repeated id is a duplicate, any other is not"
        if trail is None or before is None:
            continue
        if not event.is_label:
            assert trail.z == near(oracle.z)
            stored = [any(event.entities[position + 1 :]) for position in range(len(event.entities))]
            expected = [summary if is_stored else NO_SUMMARY for summary, is_stored in zip(oracle.summaries, stored, strict=True)]
            assert [pytest.approx(summary, abs=0.02) for summary in expected] == trail.summaries
            for position, view in enumerate(before):
                assert (trail.blocks[position] == b"") is (view is None)
                if view is not None:
                    assert_like(trail.blocks[position], step.layouts[position], view)
        for position, key in enumerate(event.entities):
            if key != MISSING:
                assert_like(states[position][key], step.layouts[position], oracle.entities[position][key].view())


@pytest.mark.parametrize("graph", SMALL_GRAPHS[:3], ids=lambda graph: "-".join(graph.entities) + f"-{graph.links}")
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_stage_by_stage_through_bytes_is_the_whole_step_byte_for_byte(graph: GraphSettings, data: st.DataObject) -> None:
    """What Flink does: one stage per kind, the trail encoded between them."""
    step, codec = Step(graph), TrailCodec(graph)
    whole, staged = fresh(step), fresh(step)
    for event in data.draw(histories(graph)):
        trail = step(event, whole)
        wire: bytes | None = codec.encode(Trail(event))
        for position, state in enumerate(staged):
            assert wire is not None
            passing = codec.decode(wire)
            visit = step.visit(position, passing, state.get(event.entities[position]))
            if visit.record is not None:
                state[event.entities[position]] = visit.record
            if visit.outcome is Outcome.DUPLICATE:
                wire = None
                break
            wire = codec.encode(passing)
        assert wire == (None if trail is None else codec.encode(trail))
        assert staged == whole


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_trail_holds_exactly_the_records_before_the_event(data: st.DataObject) -> None:
    graph = SMALL_GRAPHS[0]
    step = Step(graph)
    states, taken = fresh(step), set()
    for event in data.draw(histories(graph)):
        before = [state.get(key, b"") for state, key in zip(states, event.entities, strict=True)]
        trail = step(event, states)
        if trail is None:
            assert before == [state.get(key, b"") for state, key in zip(states, event.entities, strict=True)]
        elif event.is_label:
            assert trail.blocks == trail.summaries == []
        else:
            for block, record, layout in zip(trail.blocks, before, step.layouts, strict=True):
                assert block in (record, b"")
                if block and event.id_hash not in taken:
                    assert event.id_hash not in links_of(layout, block)["event"]
        taken.add(event.id_hash)


@pytest.mark.parametrize("seed", range(8))
def test_many_labels_of_few_events_in_any_order(seed: int) -> None:
    """Repeated, corrected and late labels of events whose links are there or gone."""
    chance = random.Random(seed)
    graph = GraphSettings(links=8, entities=("account", "device"))
    step, oracle = Step(graph), Oracle(graph)
    states, now = fresh(step), START
    for number in range(60):
        now += chance.choice((MINUTE, HOUR, DAY, 3 * DAY))
        entities = (key_of(0, 1), key_of(1, chance.randrange(2)))
        lag = chance.choice((0, 0, 2 * DAY))
        if number < 4 or chance.random() < 0.2:
            event = make_event(f"o{number}", ORDER, now - lag, entities, chance.uniform(5, 6))
        else:
            subject = f"o{chance.randrange(number)}"
            event = make_event(f"l{number}", LABEL_CODE, now - lag, entities, subject=subject, is_fraud=chance.random() < 0.5)
        step(event, states)
        oracle.take(event)
        for position, key in enumerate(entities):
            assert_like(states[position][key], step.layouts[position], oracle.entities[position][key].view())


def order(number: int, time_ms: int, account: int = 1, device: int = 1, amount: float = 20.0, address: int | None = None) -> Event:
    entities = (key_of(0, account), key_of(1, device), MISSING if address is None else key_of(2, address))
    return make_event(f"o{number}", ORDER, time_ms, entities, amount)


def label(number: int, time_ms: int, is_fraud: bool, account: int = 1, device: int = 1, name: str = "l") -> Event:
    entities = (key_of(0, account), key_of(1, device), MISSING)
    return make_event(f"{name}{number}-{time_ms}", LABEL_CODE, time_ms, entities, subject=f"o{number}", is_fraud=is_fraud)


def account_record(step: Step, states: States, account: int = 1) -> EntityRecord:
    return EntityRecord.decode(states[0][key_of(0, account)], step.layouts[0])


def test_an_event_is_not_in_its_own_trail_but_in_the_next_one() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    first, second = step(order(1, START), states), step(order(2, START + MINUTE), states)
    assert first is not None
    assert second is not None
    assert first.blocks == [b"", b"", b""]
    assert second.blocks[2] == b"", "an event without an address leaves no mark there"
    assert [list(links_of(step.layouts[i], second.blocks[i])["event"]) for i in (0, 1)] == [[hash_of("o1")]] * 2


def test_an_event_does_not_see_its_own_label() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    trail = step(order(1, START), states)
    step(label(1, START + DAY, True), states)
    assert trail is not None
    assert trail.blocks == [b"", b"", b""]
    after = step(order(2, START + 2 * DAY), states)
    assert after is not None
    assert list(links_of(step.layouts[0], after.blocks[0])["label"]) == [FRAUD_LABEL]


def test_a_missing_entity_reads_and_writes_nothing() -> None:
    step = Step(GraphSettings())
    event = make_event("o1", ORDER, START, (key_of(0, 1), MISSING, key_of(2, 1)), 5.0)
    trail = Trail(event)
    step.visit(0, trail, None)
    visit = step.visit(1, trail, b"not even looked at")
    assert (visit.outcome, visit.record) == (Outcome.ABSENT, None)
    states = fresh(step)
    step(event, states)
    assert [len(state) for state in states] == [1, 0, 1]


def test_a_repeated_id_is_recognised_among_the_last_n_of_the_account() -> None:
    step = Step(GraphSettings(duplicates=3))
    states = fresh(step)
    for number in range(4):
        assert step(order(number, START + number), states) is not None
    before = [dict(state) for state in states]
    assert step(order(3, START + 9), states) is None
    assert step(order(1, START + 9), states) is None
    assert states == before
    assert step(order(0, START + 9), states) is not None, "older than the last three"
    assert step(order(3, START + 9, account=2), states) is not None, "of another account"


def test_an_id_across_two_remembered_ones_is_no_duplicate() -> None:
    ids = np.frombuffer(struct.pack("<QQ", 0x1111111122222222, 0x3333333344444444), np.uint8)
    assert not has_seen(ids, np.uint64(0x4444444411111111))
    assert has_seen(ids, np.uint64(0x3333333344444444))


def test_an_entity_too_far_ahead_learns_only_the_id_of_a_late_event() -> None:
    step = Step(GraphSettings(late_days=7.0))
    states = fresh(step)
    step(order(1, START), states)
    before = dict(states[0])
    trail = Trail(order(2, START - 7 * DAY - 1))
    visit = step.visit(0, trail, states[0][key_of(0, 1)])
    assert visit.outcome is Outcome.LATE
    assert visit.record is not None
    assert trail.blocks == [before[key_of(0, 1)]]
    untouched, learned = (EntityRecord.decode(data, step.layouts[0]) for data in (before[key_of(0, 1)], visit.record))
    assert learned.ids[:-8] == untouched.ids
    learned.ids, learned.n_ids = untouched.ids, untouched.n_ids
    assert learned.encode() == untouched.encode()
    assert step.visit(0, Trail(order(2, START - 7 * DAY - 1)), visit.record).outcome is Outcome.DUPLICATE
    assert step.visit(0, Trail(order(3, START - 7 * DAY)), states[0][key_of(0, 1)]).outcome is Outcome.LINKED


def test_the_order_of_two_events_within_the_limit_does_not_matter_to_the_counters() -> None:
    step = Step(GraphSettings())
    one, other = order(1, START, amount=10.0), order(2, START + 3 * HOUR, amount=70.0)
    records = []
    for events in ((one, other), (other, one)):
        states = fresh(step)
        for event in events:
            step(event, states)
        records.append(account_record(step, states))
    assert records[0].counters == pytest.approx(records[1].counters, rel=1e-6)
    assert records[0].kinds == pytest.approx(records[1].kinds, rel=1e-6)
    assert (records[0].first_seen, records[0].last_seen) == (records[1].first_seen, records[1].last_seen)


@pytest.mark.parametrize(("gap_days", "remembered"), [(89.9, True), (90.0, True), (90.001, False)])
def test_an_entity_not_seen_for_its_time_to_live_is_unseen(gap_days: float, remembered: bool) -> None:
    step = Step(GraphSettings(ttl_days=90.0))
    states = fresh(step)
    step(order(1, START), states)
    trail = step(order(2, START + int(gap_days * DAY)), states)
    assert trail is not None
    assert (trail.blocks[0] != b"") is remembered
    record = account_record(step, states)
    assert record.events == 1 + remembered
    assert record.first_seen == (START if remembered else START + int(gap_days * DAY))


def test_links_age_out() -> None:
    step = Step(GraphSettings(link_days=60.0))
    states = fresh(step)
    for number, days in enumerate((0, 1, 30)):
        step(order(number, START + days * DAY), states)
    step(order(3, START + int(60.5 * DAY)), states)
    assert list(links_of(step.layouts[0], states[0][key_of(0, 1)])["event"]) == [hash_of(f"o{number}") for number in (1, 2, 3)]


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


def test_a_label_for_an_unknown_subject_still_counts() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    assert step(label(77, START, True), states) is not None
    record = account_record(step, states)
    assert (record.events, record.frauds, record.usual_last, record.n_links) == (0, 1, START, 0)


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
        trail = step(order(account, START + account, account=account), states)
        assert trail is not None
        met.append(trail.rings[1] != NO_RING)
    assert met == [False] + [True] * degree + [False], "the first finds no label, the last a hub"
    assert len(links_of(step.layouts[1], states[1][key_of(1, 1)])) == degree


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
        step(make_event(f"o{number}", LOGIN, START + number, (key_of(0, number % 10), key_of(1, 1))), states)
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
    for kind, (layout, state) in enumerate(zip(step.layouts, states, strict=True)):
        assert len(state[key_of(kind, 1)]) == layout.max_bytes <= RECORD_LIMIT_BYTES


def test_extreme_amounts_stay_finite() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    for number in range(300):
        trail = step(order(number, START + number, amount=(1e12, 0.0)[number % 2]), states)
        assert trail is not None
        assert math.isfinite(trail.z)
    record = account_record(step, states)
    assert np.isfinite(record.counters).all()
    assert all(map(math.isfinite, (record.habit_mean, record.habit_var)))


def test_the_step_holds_no_state() -> None:
    step = Step(GraphSettings())
    events = [order(number, START + number * HOUR, account=number % 2) for number in range(6)]
    runs: list[States] = []
    for _ in range(2):
        states = fresh(step)
        for event in events:
            step(event, states)
        runs.append(states)
    assert runs[0] == runs[1]


def test_a_z_at_the_limit_is_the_same_before_and_after_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Just below the limit in 64 bits is at the limit in 32: all stages must see the same."""
    interpret(monkeypatch)
    monkeypatch.setattr(domain.step, "z_of", lambda *_: 3.0 - 1e-12)
    step = Step(GraphSettings())
    states = fresh(step)
    step(order(1, START), states)
    trail = step(order(2, START + 1), states)
    assert trail is not None
    assert trail.z == TrailCodec(step.graph).decode(TrailCodec(step.graph).encode(trail)).z
    unusual = [list(links_of(step.layouts[i], states[i][key_of(i, 1)])["unusual"]) for i in (0, 1)]
    assert unusual == [[0, 1], [0, 1]]


def _broken(name: str, replacement: Callable) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(domain.step, name, replacement)


@pytest.mark.parametrize(
    "breakage",
    [
        _broken("advance", lambda head, decayed, stage, now_ms: head.__setitem__("clock", max(now_ms, head["clock"])) or 0.0),
        _broken("count", lambda *_: None),
        _broken("meet", lambda *_: None),
        _broken("adopt_habit", lambda *_: None),
        _broken("learn_label", lambda *_: 0.0),
        _broken("remember_id", lambda head, ids, stage, id_hash, record: int(stage["fixed_bytes"])),
        _broken("write_link", lambda record, at, *_: at),
    ],
    ids=["no decay", "no counts", "no counterparts", "no habit", "no labels", "no ids", "no links"],
)
def test_the_oracle_notices_a_broken_step(breakage: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch)
    three_events_like_the_oracle()
    breakage(monkeypatch)
    with pytest.raises(AssertionError):
        three_events_like_the_oracle()


def three_events_like_the_oracle() -> None:
    graph = GraphSettings()
    step, oracle = Step(graph), Oracle(graph)
    states = fresh(step)
    for event in (order(1, START), order(2, START + HOUR), label(1, START + 2 * HOUR, True)):
        step(event, states)
        oracle.take(event)
    assert_like(states[0][key_of(0, 1)], step.layouts[0], oracle.entities[0][key_of(0, 1)].view())


def test_the_oracle_sums_over_the_whole_history() -> None:
    """The oracle itself, by hand: two orders one half-life apart, seen at the second."""
    oracle = Oracle(GraphSettings(half_lives_s=(float(DAY_S),)))
    oracle.take(order(1, START, amount=10.0))
    oracle.take(order(2, START + DAY, amount=4.0))
    entity: Entity = oracle.entities[0][key_of(0, 1)]
    assert entity.view().counters == [[1.5, 9.0, 0.0, 0.0, 0.0, 0.0]]
