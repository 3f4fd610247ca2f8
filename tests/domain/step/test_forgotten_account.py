"""An account that is forgotten: nothing in any record names it, and others keep what is theirs."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from domain.events.event import Event, Rejected
from domain.events.identity import DEMO_KEY, Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.forgetting import _others
from domain.memory.learning import has_others, mark
from domain.memory.record import BITMAP_BYTES
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, START, key_of, make_event
from tests.support.step_states import States, account_record, order

GRAPH = GraphSettings(ring_entities=("ip",))
IP = 9_000_001
SHARED, OWN = 1, 2


def forget(account: int, device: int, address: int = 1) -> Event:
    event = make_event("f", LABEL_CODE, START + DAY, (key_of(0, account), key_of(1, device), key_of(2, address)), is_fraud=None)
    event.places = (IP,)
    return event


def history() -> tuple[Step, States]:
    """Account 1 shares a device, an address and a place with account 2, and has a device of its own."""
    step, states = Step(GRAPH), [{} for _ in GRAPH.stages]
    for number, (account, device) in enumerate([(1, SHARED), (2, SHARED), (1, OWN), (2, SHARED)]):
        event = order(number, START + 1000 * number, account, device, address=1)
        event.places = (IP,)
        step(event, states)
    return step, states


def named(states: States, account: int) -> int:
    name = key_of(0, account).to_bytes(8, "little")
    return sum(name in record for state in states for record in state.values()) + (key_of(0, account) in states[0])


def test_no_record_names_the_account_any_more() -> None:
    step, states = history()
    others = states[0][key_of(0, 2)]
    assert named(states, 1) > 2
    for device in (SHARED, OWN):
        step(forget(1, device), states)
    assert named(states, 1) == 0
    assert states[0] == {key_of(0, 2): others}
    assert set(states[1]) == {key_of(1, SHARED)}  # nobody else used the other one


def test_others_keep_their_links_and_the_entity_its_counters() -> None:
    step, states = history()
    layout, key = step.layouts[1], key_of(1, SHARED)
    before = EntityRecord.decode(states[1][key], layout)
    of_others = [link for link in links_of(layout, states[1][key]) if link["others"][0] == key_of(0, 2)]
    step(forget(1, SHARED), states)
    after = EntityRecord.decode(states[1][key], layout)
    assert list(links_of(layout, states[1][key])) == of_others and after.n_links == 2
    assert (after.events, list(after.decayed), after.bitmaps) == (before.events, list(before.decayed), before.bitmaps)


def test_events_go_on_after_it_as_of_a_new_account() -> None:
    step, states = history()
    step(forget(1, SHARED), states)
    trail = step(order(9, START + 2 * DAY, 1, SHARED, address=1), states)
    assert trail is not None and trail.blocks[0] == b""
    assert account_record(step, states).events == 1


def test_it_is_told_again_and_told_of_strangers_without_harm() -> None:
    step, states = history()
    step(forget(1, SHARED), states)
    kept = [dict(state) for state in states]
    step(forget(1, SHARED), states)
    step(forget(77, 78), states)
    assert states == kept


def test_the_trail_of_it_grows_no_blocks() -> None:
    step, states = history()
    trail = step.codec.encode(Trail(forget(1, OWN)))
    passed = step.through(0, trail, [state.get(key) for state, key in zip(states, (*forget(1, OWN).entities, IP), strict=True)])
    assert (passed.worst, passed.trail) == (Outcome.LINKED, trail)
    assert step.codec.event(trail).forgets


def line(**changes: object) -> bytes:
    plain = {"event_id": "f1", "event_type": "forget", "event_time": START, "pseudonyms": {"account": "00ab00ab00ab00ab"}}
    return json.dumps(plain | changes).encode()


def test_a_line_says_so_where_labels_may() -> None:
    pseudonyms = Pseudonyms(DEMO_KEY)
    event = EventParser(GRAPH, pseudonyms).parse(line())
    assert (event.forgets, as_text(event.entities[0]), event.is_fraud) == (True, "00ab00ab00ab00ab", None)
    closed = EventParser(GRAPH, pseudonyms, labels_from=("redis:labels",))
    with pytest.raises(Rejected, match="labels are taken from redis:labels only"):
        closed.parse(line())


def test_it_must_be_signed_where_labels_must() -> None:
    def refuse(document: object) -> None:
        raise Rejected("signature", "it is missing")

    with pytest.raises(Rejected, match="signature"):
        EventParser(GRAPH, Pseudonyms(DEMO_KEY), check_label=refuse).parse(line())
    assert EventParser(GRAPH, Pseudonyms(DEMO_KEY)).parse(line(signature={"key": "a", "mac": "b"})).forgets
    with pytest.raises(Rejected, match="only label events"):
        EventParser(GRAPH, Pseudonyms(DEMO_KEY)).parse(line(subject_event_id="o1"))


def test_no_refusal_offers_it() -> None:
    with pytest.raises(Rejected) as refused:
        EventParser(GRAPH, Pseudonyms(DEMO_KEY)).parse(line(event_type="forgett"))
    assert "forget," not in str(refused.value) and "forget?" not in str(refused.value)


def test_whether_others_were_met_is_answered_as_by_the_step() -> None:
    dice, answers = random.Random(7), set()
    for _ in range(300):
        account, bitmaps = dice.getrandbits(64), np.zeros(2 * 2 * BITMAP_BYTES, np.uint8)
        for _ in range(dice.randrange(3)):
            mark(bitmaps, dice.randrange(2), np.uint64(dice.choice([account, dice.getrandbits(64)])))
        marks, met = bitmaps.tobytes(), bool(has_others(bitmaps, 0, np.uint64(account)))
        assert _others(marks, account) == met
        answers.add(met)
    assert len(answers) == 2
