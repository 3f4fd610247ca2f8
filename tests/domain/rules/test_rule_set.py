"""Rules over one event: what fires, in which order, and what it says."""

from __future__ import annotations

import numpy as np

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
