"""Lines of labels: in any order, and however often each comes, they leave the same."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.events.event import Event, source_code
from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.label_book import ENTRY_BYTES, HELD_LABELS, HELD_MS, MOST_LABELS, MOST_SOURCES
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL
from domain.memory.trail import Trail
from domain.step import Step
from domain.visits.outcome import Outcome
from tests.domain.memory.test_record import KINDS, sample
from tests.support.entity_record import EntityRecord, links_of
from tests.support.event_histories import DAY, HOUR, START, key_of, make_event
from tests.support.step_states import LOGIN, States, account_record, fresh, label, order

BANK, SHOP = source_code("chargeback"), source_code("analyst")
CUSTOMER = source_code("customer_report")
EXACT = (
    "version",
    "n_links",
    "n_labels",
    "labels_gone",
    "first_seen",
    "last_seen",
    "clock",
    "events",
    "frauds",
    "legitimates",
    "usual_first",
    "usual_last",
    "usual_n",
    "unusual_first",
    "unusual_last",
    "unusual_n",
    "last_legit",
    "legit_since",
)


def said(number: int, subject: int, is_fraud: bool | None, days: float, source: int = SHOP, address: int | None = None) -> Event:
    entities = (key_of(0, 1), key_of(1, 1), 0 if address is None else key_of(2, address))
    at = START + round(days * DAY)
    return make_event(f"l{number}", LABEL_CODE, at, entities, subject=f"o{subject}", is_fraud=is_fraud, source=source)


def told(step: Step, states: States) -> list[tuple[list[object], NDArray[np.float32]]]:
    """All that labels have left, whatever the order of entries: what is exact, and counters in 32 bits."""
    found = []
    for position, state in enumerate(states):
        for key in sorted(state):
            record = EntityRecord.decode(state[key], step.layouts[position])
            entries = sorted(record.book[at : at + ENTRY_BYTES] for at in range(0, len(record.book), ENTRY_BYTES))
            # not the summaries: they say what was known of the account when the event came
            links = links_of(step.layouts[position], state[key])[["time", "event", "label", "source", "z"]].tolist()
            exact = [*(getattr(record, name) for name in EXACT), entries, record.ids, links]
            found.append((exact, record.counters))
    return found


def assert_same(one: tuple[Step, States], other: tuple[Step, States]) -> None:
    """The two have learnt the same."""
    for (exact, counters), (wanted, expected) in zip(told(*one), told(*other), strict=True):
        assert exact == wanted
        assert counters == pytest.approx(expected, rel=1e-4, abs=1e-4)


def after(lines: list[Event], events: list[Event], links: int = 16) -> tuple[Step, States]:
    step = Step(GraphSettings(links=links))
    states = fresh(step)
    for event in [*events, *lines]:
        step(event, states)
    return step, states


ORDERS = [order(number, START + number * HOUR, amount=20.0, address=1) for number in range(4)]
LINES = [
    said(0, 0, True, 5, BANK, 1), said(1, 0, True, 6, BANK, 1), said(2, 0, False, 7, BANK, 1), said(3, 0, True, 8, BANK, 1),
    said(4, 1, False, 3, SHOP, 1), said(5, 1, True, 9, BANK, 1), said(6, 2, False, 2, SHOP, 1), said(7, 2, None, 4, SHOP, 1),
    said(8, 3, True, 4, CUSTOMER, 1), said(9, 3, False, 5, SHOP, 1), said(10, 77, True, 5, BANK, 1), said(11, 77, False, 6, SHOP, 1),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("links", [16, 2])
def test_any_order_and_any_repeats_leave_the_same(seed: int, links: int) -> None:
    """Also where links are gone: with two links two of the four events have none."""
    dice = random.Random(seed)
    lines = LINES + dice.choices(LINES, k=dice.randrange(20))
    dice.shuffle(lines)
    assert_same(after(lines, ORDERS, links), after(LINES, ORDERS, links))


@pytest.mark.parametrize("seed", range(8))
def test_labels_may_come_before_their_events(seed: int) -> None:
    dice = random.Random(seed)
    before, afterwards = [one for one in LINES if dice.random() < 0.5], list(LINES)
    dice.shuffle(before)
    step = Step(GraphSettings())
    states = fresh(step)
    for event in [*before, *ORDERS, *afterwards]:
        step(event, states)
    assert_same((step, states), after(LINES, ORDERS))


@pytest.mark.parametrize("lines", list(permutations(LINES[:4]))[::3])
def test_a_chargeback_its_repeat_and_two_reversals_are_one_fraud(lines: tuple[Event, ...]) -> None:
    """The order has lost its link, on all entities."""
    others = [order(number, START + number * HOUR, address=1) for number in range(10, 13)]
    step, states = after(list(lines), [ORDERS[0], *others], links=2)
    for position in range(3):
        (data,) = states[position].values()
        record = EntityRecord.decode(data, step.layouts[position])
        assert (record.frauds, record.legitimates, record.usual_n) == (1, 0, 1)


@pytest.mark.parametrize("is_fraud", [True, False])
def test_ten_labels_for_an_event_that_nobody_had_teach_nothing(is_fraud: bool) -> None:
    step, states = after([said(number, 99, is_fraud, number / 24) for number in range(10)], [])
    record = account_record(step, states)
    assert (record.events, record.frauds, record.legitimates, record.n_labels, len(states[1])) == (0, 0, 0, 1, 0)
    first = step(order(1, START + DAY), states)
    assert first is not None and first.blocks == [b"", b"", b""]
    step(order(99, START + DAY + 1), states)
    assert (account_record(step, states).frauds, account_record(step, states).legitimates) == (int(is_fraud), int(not is_fraud))
    (device,) = states[1].values()
    marks = links_of(step.layouts[1], device)["label"]
    assert list(marks) == [-1, FRAUD_LABEL if is_fraud else LEGIT_LABEL]


def test_an_event_does_not_see_the_label_that_waited_for_it() -> None:
    step, states = after([said(0, 1, True, 1)], [order(0, START)])
    trail = step(order(1, START + HOUR), states)
    assert trail is not None
    assert [EntityRecord.decode(block, step.layouts[at]).frauds for at, block in enumerate(trail.blocks[:2])] == [0, 0]
    assert account_record(step, states).frauds == 1


def test_a_label_is_learnt_however_old_its_time_is() -> None:
    """It is stamped with its event's time, eight days and more before the account's clock."""
    events = [order(1, START), make_event("late", LOGIN, START + 20 * DAY, (key_of(0, 1), key_of(1, 1), 0))]
    step, states = after([said(0, 1, True, 0)], events)
    record = account_record(step, states)
    assert (record.frauds, record.clock) == (1, START + 20 * DAY)


def test_labels_that_wait_are_few_and_expire() -> None:
    many = [said(number, 100 + number, True, number / 24) for number in range(3 * HELD_LABELS)]
    step, states = after(many, [order(1, START)])
    assert account_record(step, states).n_labels == HELD_LABELS
    step(order(100, START + DAY), states)
    assert account_record(step, states).frauds == 0, "the first ones had to make room"
    step(order(100 + len(many) - 1, START + HELD_MS + 3 * DAY), states)
    assert (account_record(step, states).frauds, account_record(step, states).n_labels) == (0, 0), "they waited for too long"


def test_labels_beyond_the_book_are_counted_once_each() -> None:
    count = 3 * MOST_LABELS
    events = [order(number, START + number * HOUR) for number in range(count)]
    step = Step(GraphSettings())
    states = fresh(step)
    lines = [said(number, number, True, number / 24 + 0.01) for number in range(count)]
    for event, line in zip(events, lines, strict=True):
        step(event, states)
        step(line, states)
    for again in range(2):
        for number, line in enumerate(lines):
            step(said(1000 * again + number, number, True, 10 + number / 24), states)
            step(line, states)
    record = account_record(step, states)
    assert (record.frauds, record.n_labels, record.labels_gone) == (count, MOST_LABELS, 1)
    (device,) = states[1].values()
    assert EntityRecord.decode(device, step.layouts[1]).frauds == count


@pytest.mark.parametrize("step_of", [1, -1], ids=["oldest first", "newest first"])
def test_labels_that_come_after_their_links_have_gone_are_counted_once_each(step_of: int) -> None:
    """A busy account's labels come weeks late: more events and labels lie between than it keeps."""
    count = 3 * MOST_LABELS
    step, states = after([], [order(number, START + number * HOUR) for number in range(count)])
    assert count > 2 * GraphSettings().links
    for again in range(2):
        for number in range(count)[::step_of]:
            step(said(1000 * again + number, number, True, 10 + number / 24), states)
    assert account_record(step, states).frauds == count
    (device,) = states[1].values()
    assert EntityRecord.decode(device, step.layouts[1]).frauds == count


def test_of_one_event_the_words_of_few_sources_are_kept() -> None:
    step, states = after([said(number, 1, True, number, source=20 + number) for number in range(2 * MOST_SOURCES)], [order(1, START)])
    record = account_record(step, states)
    assert (record.frauds, record.n_labels) == (1, MOST_SOURCES)


@pytest.mark.parametrize(
    ("first", "second", "fraud"),
    [((True, BANK), (False, SHOP), True), ((True, CUSTOMER), (False, SHOP), False), ((False, SHOP), (True, SHOP + 1), True)],
    ids=["a bank over an analyst", "an analyst over a customer", "the later of equals"],
)
def test_sources_weigh(first: tuple[bool, int], second: tuple[bool, int], fraud: bool) -> None:
    step, states = after([said(0, 1, first[0], 1, first[1]), said(1, 1, second[0], 2, second[1])], [order(1, START)])
    record = account_record(step, states)
    assert (record.frauds, record.legitimates) == (int(fraud), int(not fraud))


def test_a_label_speaks_of_what_its_event_named_only() -> None:
    step, states = after([], [order(1, START, device=1), order(2, START + 1, account=2, device=2)])
    others = states[1][key_of(1, 2)]
    step(label(1, START + DAY, True, device=2), states)
    assert account_record(step, states).frauds == 1
    assert states[1][key_of(1, 2)] == others


def test_a_label_takes_no_event_its_id() -> None:
    step, states = after(
        [make_event("o5", LABEL_CODE, START + 1, (key_of(0, 1), key_of(1, 1), 0), subject="o1", is_fraud=True)], [order(1, START)]
    )
    assert step(order(5, START + HOUR), states) is not None


def test_what_is_held_is_told_apart() -> None:
    step, states = after([], [order(1, START)])
    stored = [states[0][key_of(0, 1)], states[1][key_of(1, 1)]]
    for subject, outcomes in ((9, (Outcome.HELD, Outcome.ABSENT)), (1, (Outcome.LINKED, Outcome.LINKED))):
        passed = step.through(0, step.codec.encode(Trail(label(subject, START + DAY, True))), stored)
        assert passed.outcomes == outcomes


def test_labels_of_records_without_a_book_are_corrected_once() -> None:
    """Records of version 3 know their labels by the links alone: one order there is cleared."""
    step = Step(GraphSettings())
    states = [{key_of(position, 1): sample(kind, 3)[0]} for position, kind in enumerate(KINDS)]
    cleared = sample("account", 3)[1]["links"][1]["event"]
    for number in range(3):
        step(replace(said(number, 1, True, 10 + number, address=1), subject_hash=cleared), states)
    found = [EntityRecord.decode(state[key_of(position, 1)], step.layouts[position]) for position, state in enumerate(states)]
    assert [(record.frauds, record.legitimates) for record in found] == [(2, 0), (2, 0), (1, 0)]
