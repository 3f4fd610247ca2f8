"""The one step against its oracle, and stage by stage against whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.exchange_rates import unit_of
from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.event_ids import LABELLED
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, UNKNOWN
from domain.memory.record import NEVER, RecordLayout
from domain.memory.trail import NO_SUMMARY, Trail, TrailCodec
from domain.step import Step
from domain.times import DAY_S
from domain.visits import entity, labels
from domain.visits.outcome import Outcome
from tests.oracles.step_oracle import Entity, Oracle, View
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, HOUR, MINUTE, SMALL_GRAPHS, START, histories, key_of, make_event
from tests.support.interpreted import interpret
from tests.support.step_states import ORDER, States, fresh, label, order, taken

near = lambda expected: pytest.approx(expected, rel=2e-4, abs=2e-4)  # noqa: E731 - records hold 32-bit floats


def assert_like(data: bytes, layout: RecordLayout, view: View) -> None:
    """The stored record says what the oracle says, field by field."""
    record = EntityRecord.decode(data, layout)
    assert record.encode() == data
    assert (record.first_seen, record.last_seen, record.clock) == (view.first_seen, view.last_seen, view.clock)
    assert record.events == view.events
    assert record.counters == near(np.array(view.counters))
    assert record.kinds == near(np.array(view.kinds))
    habit, others = view.habits[""], [(unit_of(name), one) for name, one in view.habits.items() if name]
    assert (record.habit_n, record.habit_mean, record.habit_var) == (habit.n, near(habit.mean), near(habit.var))
    for (unit, other), slot in zip(others, (1, 2), strict=False):
        found = [getattr(record, f"other_{name}_{slot}") for name in ("unit", "n", "mean", "var")]
        assert found == [unit, other.n, near(other.mean), near(other.var)]
    assert (record.hour_cos, record.hour_sin) == (near(view.hour_cos), near(view.hour_sin))
    assert (record.frauds, record.legitimates, record.legit_since) == (view.frauds, view.legitimates, view.legit_since)
    runs = (record.usual_n, record.usual_first, record.unusual_n, record.unusual_first)
    usual, unusual = view.usual_run, view.unusual_run
    assert runs == (usual.frauds, _or_never(usual.first), unusual.frauds, _or_never(unusual.first))
    never = [_or_never(when) for when in (usual.last, unusual.last, view.last_legit, view.last_unusual)]
    assert [record.usual_last, record.unusual_last, record.last_legit, record.last_unusual] == never
    assert [record.distinct(slot) for slot in range(len(layout.others))] == pytest.approx([len(met) for met in view.met], abs=0.1)
    assert list(np.frombuffer(record.ids, "<u8") & ~LABELLED) == view.ids
    assert len(links_of(layout, data)) == record.n_links == len(view.links)
    labels = {None: UNKNOWN, True: FRAUD_LABEL, False: LEGIT_LABEL}
    for link, expected in zip(links_of(layout, data), view.links, strict=True):
        assert (link["time"], link["event"], link["type"]) == (expected.time_ms, expected.event, expected.type_code)
        assert tuple(link["others"]) == expected.others
        assert (link["label"], link["source"], link["unusual"]) == (labels[expected.is_fraud], expected.source, expected.unusual)
        assert link["amount"] == pytest.approx(expected.amount, rel=1e-6, nan_ok=True)
        assert link["z"] == near(expected.z)
        assert [tuple(row) for row in link["summaries"]] == [pytest.approx(row, abs=0.02) for row in expected.summaries]


def _or_never(when: int | None) -> int:
    return NEVER if when is None else when


@pytest.mark.parametrize("graph", SMALL_GRAPHS, ids=lambda graph: "-".join(graph.entities) + f"-{graph.links}")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_field_of_every_record_is_what_the_whole_history_says(graph: GraphSettings, data: st.DataObject) -> None:
    step, oracle = Step(graph), Oracle(graph)
    states, stream_ms = fresh(step), 0
    for event in data.draw(histories(graph)):
        stream_ms = max(stream_ms, event.time_ms)
        trail, before = taken(step, event, states, stream_ms), oracle.take(event, stream_ms)
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
        assert_all_like(event, step, states, oracle)


def assert_all_like(event: Event, step: Step, states: States, oracle: Oracle) -> None:
    """All records of an event, or of a label's line, say what the oracle says."""
    for position, key in enumerate(event.entities):
        entity, data = oracle.entities[position].get(key), states[position].get(key)
        if entity is not None and entity.entries:
            assert data is not None
            assert_like(data, step.layouts[position], entity.view())
        else:
            assert (data is None) is (entity is None)
            if entity is not None and data is not None:
                assert_nothing_is_learnt(position, EntityRecord.decode(data, step.layouts[0]), entity)


def assert_nothing_is_learnt(position: int, record: EntityRecord, entity: Entity) -> None:
    """Labels are held, and the ids of late events."""
    assert (position, record.events, record.n_links) == (0, 0, 0)
    assert (record.clock, record.n_ids, record.frauds + record.legitimates) == (entity.clock, len(entity.ids()), len(entity.known))


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
    """Repeated, corrected, withdrawn and late labels of events whose links are there or gone."""
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
            is_fraud, source = chance.choice((True, False, None)), chance.choice((0, 1, 1, 2))
            event = make_event(f"l{number}", LABEL_CODE, now - lag, entities, subject=subject, is_fraud=is_fraud, source=source)
        step(event, states)
        oracle.take(event)
        assert_all_like(event, step, states, oracle)


def _broken(name: str, replacement: Callable, visit: ModuleType = entity) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(visit, name, replacement)


@pytest.mark.parametrize(
    "breakage",
    [
        _broken("advance", lambda head, decayed, stage, now_ms: head.__setitem__("clock", max(now_ms, head["clock"])) or 0.0),
        _broken("count", lambda *_: None),
        _broken("meet", lambda *_: None),
        _broken("adopt_habit", lambda *_: None),
        _broken("note_account_label", lambda *_: 0, labels),
        _broken("remember_id", lambda head, ids, stage, event, record: int(stage["fixed_bytes"])),
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
    assert entity.view().counters == [[1.5, 9.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0]]
