"""Rules over columns fire where the compiled rules fire, event by event, on random rules and events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import EVENT_TYPES
from domain.rules.conditions import EntityListed, leaves
from domain.rules.entity_lists import EntityLists
from domain.rules.language import rule_of
from domain.rules.many_events import RulesOfMany, Texts
from domain.rules.rule_set import RuleSet
from tests.domain.rules.random_rules import GRAPH, NAMES, PSEUDONYMS, conditions, events, rows, times

FIXED = {"version": 1, "state": "active", "decision": "block", "text": "t", "by": "me", "reason": "try"}


class Columns:
    """Events and rows in columns."""

    def __init__(self, happened: list[tuple[Event, NDArray[np.float32]]]) -> None:
        self._events, self._rows = [event for event, _ in happened], np.stack([row for _, row in happened])
        self.time_ms = np.array([event.time_ms for event in self._events], np.int64)

    def feature(self, name: str) -> NDArray[np.float64]:
        return self._rows[:, list(NAMES.features).index(name)].astype(np.float64)

    def amount(self) -> NDArray[np.float64]:
        return np.array([event.amount for event in self._events])

    def texts(self, field: str) -> Texts:
        found = [EVENT_TYPES[event.type_code] if field == "event_type" else event.currency for event in self._events]
        values = sorted(set(filter(None, found)))
        return Texts(np.array([values.index(text) if text else -1 for text in found], np.int64), values)

    def number(self, attribute: str) -> NDArray[np.float64]:
        return np.array([event.numeric[GRAPH.numeric_attributes.index(attribute)] for event in self._events])

    def category(self, attribute: str) -> NDArray[np.int64]:
        return np.array([event.categorical[GRAPH.categorical_attributes.index(attribute)] for event in self._events], np.int64)

    def given(self, kind: str) -> NDArray[np.bool_]:
        return np.array([event.key(GRAPH.stages.index(kind)) != MISSING for event in self._events])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(conditions(), st.none() | times()), min_size=1, max_size=4), st.lists(st.tuples(events(), rows()), min_size=1))
def test_columns_say_what_each_event_says(made: Any, happened: list[tuple[Event, NDArray[np.float32]]]) -> None:
    rules = [rule_of({"id": f"R{n}", "when": when, "expires_at": expires, **FIXED}, NAMES) for n, (when, expires) in enumerate(made)]
    assume(not any(isinstance(leaf, EntityListed) for rule in rules for leaf in leaves(rule.when)))
    one_by_one = RuleSet(GRAPH, rules, EntityLists(GRAPH), PSEUDONYMS)
    expected = [{one.rule.id for one in one_by_one.fired(event, row.data)} for event, row in happened]
    many = RulesOfMany(GRAPH, rules, PSEUDONYMS)
    fired = {rule.id: many.fired(rule, Columns(happened)) for rule in rules}
    assert [{name for name, found in fired.items() if found[place]} for place in range(len(happened))] == expected


def test_a_rule_that_asks_for_a_list_is_refused() -> None:
    rule = rule_of({"id": "R1", "when": {"entity": "account", "in_list": "mules"}, **FIXED}, NAMES)
    with pytest.raises(ValueError, match="asks for the list mules"):
        RulesOfMany(GRAPH, [rule], PSEUDONYMS)
