"""Compiled rules and lists against their oracle on random histories, compiled and interpreted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.rules.entity_lists import EntityLists, ListRecord
from domain.rules.language import rule_of
from domain.rules.rule_set import RuleSet
from tests.domain.rules.random_rules import GRAPH, LISTS, NAMES, PSEUDONYMS, conditions, events, rows, times
from tests.oracles.rule_oracle import ListOracle, RuleOracle
from tests.support.interpreted import interpret

EXPIRIES = st.none() | times()
RECORDS = st.builds(
    ListRecord,
    id=st.sampled_from(["L1", "L2", "L3", "L4"]),
    version=st.just(1),
    state=st.sampled_from(["active", "active", "shadow", "paused", "deleted"]),
    list=st.sampled_from(LISTS),
    kind=st.sampled_from(GRAPH.stages),
    expires_ms=EXPIRIES,
    by=st.just("me"),
    reason=st.just("try"),
)
CHANGES = st.lists(st.tuples(RECORDS, st.lists(st.integers(0, 5), max_size=4)), max_size=6)
STATES = st.sampled_from(["active", "active", "shadow", "paused", "deleted"])
RULES = st.lists(st.tuples(conditions(), STATES, EXPIRIES), min_size=1, max_size=5)


def check(rules: list[tuple[dict[str, Any], str, int | None]], changes: Any, happened: list[tuple[Event, np.ndarray]]) -> None:
    lists, plain = EntityLists(GRAPH), ListOracle(GRAPH)
    fixed = {"version": 1, "decision": "block", "text": "t", "by": "me", "reason": "try"}
    made = [
        rule_of({"id": f"R{number}", "when": when, "state": state, "expires_at": expires, **fixed}, NAMES)
        for number, (when, state, expires) in enumerate(rules)
    ]
    compiled, oracle = RuleSet(GRAPH, made, lists, PSEUDONYMS), RuleOracle(GRAPH, plain)
    for record, keys in changes:
        lists.put(record, np.array(keys, np.uint64))
        plain.put(record, keys)
        for event, row in happened:
            assert lists.hits(event) == plain.hits(event)
            assert [one.rule.id for one in compiled.fired(event, row.data)] == oracle.fired(made, event, row)
    for event, row in happened:
        assert [one.rule.id for one in compiled.fired(event, row.tolist())] == oracle.fired(made, event, row)


@settings(deadline=None, max_examples=300)
@given(RULES, CHANGES, st.lists(st.tuples(events(), rows()), min_size=1, max_size=4))
def test_compiled_rules_fire_as_the_oracle_says(rules: Any, changes: Any, happened: Any) -> None:
    check(rules, changes, happened)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RULES, CHANGES, st.lists(st.tuples(events(), rows()), min_size=1, max_size=3))
def test_interpreted_rules_fire_as_the_oracle_says(monkeypatch: pytest.MonkeyPatch, rules: Any, changes: Any, happened: Any) -> None:
    with monkeypatch.context() as patch:
        interpret(patch)
        check(rules, changes, happened)
