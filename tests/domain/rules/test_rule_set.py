"""Rules over one event: what fires, in which order, and what it says."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.identity import DEMO_KEY, Pseudonyms
from domain.graph import GraphSettings
from domain.rules.entity_lists import EntityLists, ListRecord
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from domain.rules.rule_set import RuleSet

GRAPH = GraphSettings()
NAMES = RuleNames.of(GRAPH)
ORDER = Event("e1", 2, 1_700_000_000_000, (11, 22, 0), 5, 600.0, "EUR", places=(44,))


def record(when: object, **changed: object) -> dict[str, object]:
    return {"id": "R1", "version": 1, "when": when, "decision": "block", "text": "wave", "by": "me", "reason": "try", **changed}


def rule_set(*records: dict[str, object], lists: EntityLists | None = None) -> RuleSet:
    rules = [rule_of(one, NAMES) for one in records]
    return RuleSet(GRAPH, rules, lists or EntityLists(GRAPH), Pseudonyms(DEMO_KEY))


def row_of(**values: float) -> memoryview:
    row = np.zeros(len(NAMES.features), np.float32)
    for name, value in values.items():
        feature = NAMES.features[name.replace("__", ".")]
        row[list(NAMES.features).index(feature.name)] = feature.column(value)
    return row.data


def test_a_rule_fires_where_all_of_it_holds() -> None:
    many = {"feature": "device.accounts_1h", "at_least": 8}
    rules = rule_set(record({"all": [many, {"field": "amount", "at_least": 500, "currency": "EUR"}]}))
    assert [one.rule.id for one in rules.fired(ORDER, row_of(device__accounts_1h=8))] == ["R1"]
    assert not rules.fired(ORDER, row_of(device__accounts_1h=7))


def test_a_list_is_seen_by_the_rule_that_names_it() -> None:
    lists = EntityLists(GRAPH)
    rules = rule_set(record({"entity": "device", "in_list": "mules"}), lists=lists)
    assert not rules.fired(ORDER, row_of())
    lists.put(ListRecord("L1", 1, "active", "mules", "device", None, "me", "try"), np.array([22], np.uint64))
    assert len(rules.fired(ORDER, row_of())) == 1
    lists.remove("L1")
    assert not rules.fired(ORDER, row_of())


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        ({"at_least": 8}, [False, True, True]),
        ({"above": 8}, [False, False, True]),
        ({"at_most": 8}, [True, True, False]),
        ({"below": 8}, [True, False, False]),
        ({"is": 8}, [False, True, False]),
        ({"between": [8, 9]}, [False, True, True]),
        ({"between": [7, 8]}, [True, True, False]),
    ],
)
def test_comparisons_at_their_limits(comparison: dict[str, object], holds: list[bool]) -> None:
    feature = rule_set(record({"feature": "device.accounts_1h", **comparison}))
    assert [bool(feature.fired(ORDER, row_of(device__accounts_1h=count))) for count in (7, 8, 9)] == holds
    amount = rule_set(record({"field": "amount", "currency": "EUR", **comparison}))
    assert [bool(amount.fired(dataclasses.replace(ORDER, amount=float(euros)), ())) for euros in (7, 8, 9)] == holds


def test_an_amount_is_compared_in_its_currency_only() -> None:
    rules = rule_set(
        record({"field": "amount", "at_least": 0, "currency": "EUR"}),
        record({"field": "amount", "at_least": 0, "currency": "JPY"}, id="R2"),
    )
    fired = [[one.rule.id for one in rules.fired(dataclasses.replace(ORDER, currency=code), ())] for code in ("EUR", "JPY", "", "USD")]
    assert fired == [["R1"], ["R2"], [], []]


@pytest.mark.parametrize(
    "when",
    [
        {"field": "amount", "at_least": 0, "currency": "EUR"},
        {"field": "currency", "is_not": "USD"},
        {"field": "currency", "in": ["EUR"]},
        {"entity": "address", "in_list": "mules"},
        {"entity": "address", "not_in_list": "mules"},
    ],
)
def test_what_is_missing_satisfies_nothing_but_not(when: dict[str, object]) -> None:
    bare = dataclasses.replace(ORDER, amount=math.nan, currency="", entities=(1, 2, 0))
    assert not rule_set(record(when)).fired(bare, ())
    assert rule_set(record({"not": when})).fired(bare, ())


@pytest.mark.parametrize(
    ("begin", "end", "inside"),
    [
        ("22:00", "06:00", ["22:00", "23:59", "00:00", "05:59"]),
        ("05:59", "22:00", ["05:59", "06:00", "21:59"]),
        ("22:00", "24:00", ["22:00", "23:59"]),
        ("00:00", "06:00", ["00:00", "05:59"]),
    ],
)
def test_times_of_the_day_begin_at_their_first_minute_and_end_before_their_last(begin: str, end: str, inside: list[str]) -> None:
    rules = rule_set(record({"time_of_day": {"from": begin, "to": end, "zone": "Asia/Kathmandu"}}))
    midnight = 1_699_985_700_000  # in Kathmandu
    met = []
    for clock in ("00:00", "05:59", "06:00", "21:59", "22:00", "23:59"):
        minutes = 60 * int(clock[:2]) + int(clock[3:])
        met += [clock] if rules.fired(dataclasses.replace(ORDER, time_ms=midnight + minutes * 60_000 + 59_999), ()) else []
    assert set(met) == set(inside)


def test_a_rule_ends_by_the_time_of_the_event() -> None:
    always = {"field": "event_type", "is": "order"}
    rules = rule_set(record(always, expires_at=ORDER.time_ms + 1), record(always, id="R2"))
    later = dataclasses.replace(ORDER, time_ms=ORDER.time_ms + 1)
    assert [[one.rule.id for one in rules.fired(event, ())] for event in (ORDER, later, ORDER)] == [["R1", "R2"], ["R2"], ["R1", "R2"]]


def test_a_shadow_rule_fires_without_a_text_and_paused_and_deleted_ones_do_not() -> None:
    always = {"field": "event_type", "is": "order"}
    rules = rule_set(*(record(always, id=state, state=state) for state in ("shadow", "paused", "active", "deleted")))
    assert [(one.rule.id, one.text) for one in rules.fired(ORDER, ())] == [("shadow", ""), ("active", "wave")]
    assert len(rules) == 2


def test_twenty_rules_of_an_event_say_their_numbers_and_the_others_their_text() -> None:
    always = {"field": "event_type", "is": "order"}
    states = ["shadow", *["active"] * 25]
    rules = [rule_of(record(always, id=f"R{number}", state=state), NAMES) for number, state in enumerate(states)]
    found = RuleSet(GRAPH, rules, EntityLists(GRAPH), Pseudonyms(DEMO_KEY), lambda rule, *_: f"numbers of {rule.id}").fired(ORDER, ())
    assert [text for _, text in found] == ["", *(f"numbers of R{number}" for number in range(1, 21)), *["wave"] * 5]


def test_a_shadow_record_of_a_list_is_seen_by_no_rule() -> None:
    lists = EntityLists(GRAPH)
    lists.put(ListRecord("L1", 1, "shadow", "mules", "device", None, "me", "try"), np.array([22], np.uint64))
    rules = rule_set(record({"entity": "device", "in_list": "mules"}), lists=lists)
    assert not rules.fired(ORDER, ())
    assert not rules.fired(ORDER, (), lists.hits(ORDER))


def test_a_row_is_asked_for_only_where_a_feature_is() -> None:
    assert rule_set(record({"feature": "device.given", "is": 1})).needs_row
    assert not rule_set(record({"entity": "device", "is": "present"})).needs_row


def test_a_row_may_be_a_view_an_array_or_a_list() -> None:
    rules, row = rule_set(record({"feature": "device.accounts_1h", "at_least": 8})), row_of(device__accounts_1h=8)
    for one in (row, np.asarray(row), row.tolist()):
        assert len(rules.fired(ORDER, one)) == 1


def test_two_hundred_rules_of_twenty_conditions_take_ten_microseconds() -> None:
    """The worst case: every condition is asked and no rule fires. A busy machine gets four times as long."""
    names = [name for name, feature in NAMES.features.items() if feature.scale == "log" and feature.unit != "currency"]
    worst = []
    for number in range(200):
        asked: list[dict[str, object]] = [{"feature": names[(number + at) % len(names)], "at_most": 1 + at} for at in range(19)]
        worst.append(record({"all": [*asked, {"feature": names[number % len(names)], "above": 5}]}, id=f"R{number}"))
    rules, row, took = rule_set(*worst), row_of(), []
    for _ in range(20):
        began = time.thread_time()
        for _ in range(500):
            rules.fired(ORDER, row)
        took.append((time.thread_time() - began) / 500)
    assert min(took) < 10e-6 * 4


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 3))
def test_equal_conditions_share_an_input(rules: int, more: int) -> None:
    same = {"any": [{"feature": "device.age", "at_least": number} for number in range(more + 1)]}
    many = rule_set(*(record(same, id=f"R{number}") for number in range(rules)))
    assert len(many._inputs.read) == 1
