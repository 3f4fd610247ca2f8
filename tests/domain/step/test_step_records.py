"""What an event sees of the records before it, and what it leaves in them."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from domain.events.identity import MISSING
from domain.graph import GraphSettings
from domain.memory.event_ids import has_seen
from domain.memory.link import FRAUD_LABEL
from domain.memory.record import MEETINGS
from domain.memory.trail import Trail, TrailCodec
from domain.step import Step
from domain.visits import entity
from domain.visits.outcome import Outcome
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, HOUR, MINUTE, START, hash_of, key_of, make_event
from tests.support.interpreted import interpret
from tests.support.step_states import ORDER, States, account_record, fresh, label, order


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
    summed = slice(0, MEETINGS)  # who was met first is a matter of order
    assert records[0].counters[:, summed] == pytest.approx(records[1].counters[:, summed], rel=1e-6)
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
    monkeypatch.setattr(entity, "z_of", lambda *_: 3.0 - 1e-12)
    step = Step(GraphSettings())
    states = fresh(step)
    step(order(1, START), states)
    trail = step(order(2, START + 1), states)
    assert trail is not None
    assert trail.z == TrailCodec(step.graph).decode(TrailCodec(step.graph).encode(trail)).z
    unusual = [list(links_of(step.layouts[i], states[i][key_of(i, 1)])["unusual"]) for i in (0, 1)]
    assert unusual == [[0, 1], [0, 1]]
