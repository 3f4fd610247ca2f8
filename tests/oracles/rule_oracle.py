"""Rules walked as trees, and lists searched entry by entry: what compiled rules and tables must equal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.events.event import Event
from domain.events.identity import DEMO_KEY, Pseudonyms
from domain.graph import EVENT_TYPES, GraphSettings
from domain.rules.conditions import (
    AllOf,
    AmountIs,
    AnyOf,
    CategoryIs,
    Comparison,
    Condition,
    EntityGiven,
    EntityListed,
    FeatureIs,
    FieldIs,
    Not,
    NumberIs,
    Rule,
    TimeOfDay,
    Weekday,
)
from domain.rules.entity_lists import ListRecord
from domain.rules.names import RuleNames


@dataclass
class ListOracle:
    """Every entry of every record, in a plain list."""

    graph: GraphSettings
    records: dict[str, tuple[ListRecord, list[int]]] = field(default_factory=dict)

    def put(self, record: ListRecord, keys: Sequence[int]) -> None:
        self.records[record.id] = (record, list(keys))

    def remove(self, id: str) -> None:
        self.records.pop(id, None)

    def hits(self, event: Event) -> list[tuple[ListRecord, str]]:
        found = []
        for stage, kind in enumerate(self.graph.stages):
            for _, (record, keys) in sorted(self.records.items()):
                counts = record.state in ("active", "shadow") and (record.expires_ms is None or event.time_ms < record.expires_ms)
                if counts and record.kind == kind and event.key(stage) and event.key(stage) in keys:
                    found.append((record, kind))
        return found


class RuleOracle:
    """Walker of rules."""

    def __init__(self, graph: GraphSettings, lists: ListOracle) -> None:
        self._graph, self._lists, self._names = graph, lists, RuleNames.of(graph)
        self._pseudonyms = Pseudonyms(DEMO_KEY)

    def fired(self, rules: Sequence[Rule], event: Event, row: Sequence[float]) -> list[str]:
        """Return the ids of the rules that fire."""
        return [rule.id for rule in rules if self._in_force(rule, event) and self._holds(rule.when, event, row)]

    @staticmethod
    def _in_force(rule: Rule, event: Event) -> bool:
        return rule.state in ("active", "shadow") and (rule.expires_ms is None or event.time_ms < rule.expires_ms)

    def _holds(self, when: Condition, event: Event, row: Sequence[float]) -> bool:
        if isinstance(when, AllOf):
            return all(self._holds(part, event, row) for part in when.parts)
        if isinstance(when, AnyOf):
            return any(self._holds(part, event, row) for part in when.parts)
        if isinstance(when, Not):
            return not self._holds(when.part, event, row)
        if isinstance(when, FeatureIs):
            column = list(self._names.features).index(when.feature)
            feature, comparison = self._names.features[when.feature], when.comparison
            scaled = Comparison(comparison.name, feature.column(comparison.value), feature.column(comparison.upper))
            return compared(float(row[column]), scaled)
        if isinstance(when, AmountIs):
            return event.currency == when.currency and compared(event.amount, when.comparison)
        if isinstance(when, NumberIs):
            return compared(event.numeric[self._graph.numeric_attributes.index(when.attribute)], when.comparison)
        if isinstance(when, FieldIs):
            return chosen(EVENT_TYPES[event.type_code] if when.field == "event_type" else event.currency, when.name, when.values)
        if isinstance(when, CategoryIs):
            found = event.categorical[self._graph.categorical_attributes.index(when.attribute)]
            hashes = [self._pseudonyms.of(f"attribute {when.attribute}", text) % 2**32 for text in when.values]
            return chosen(found, when.name, hashes)
        return self._placed(when, event)

    def _placed(self, when: EntityGiven | EntityListed | TimeOfDay | Weekday, event: Event) -> bool:
        if isinstance(when, EntityGiven):
            return (event.key(self._graph.stages.index(when.kind)) != 0) == when.present
        if isinstance(when, EntityListed):
            if event.key(self._graph.stages.index(when.kind)) == 0:
                return False
            on = any(r.state == "active" and r.list == when.list and kind == when.kind for r, kind in self._lists.hits(event))
            return on == when.listed
        local = datetime.fromtimestamp(event.time_ms / 1000, UTC).astimezone(ZoneInfo(when.zone))
        if isinstance(when, Weekday):
            return local.weekday() in when.days
        minute = local.hour * 60 + local.minute
        return when.begin <= minute < when.end if when.begin < when.end else minute >= when.begin or minute < when.end


def compared(value: float, comparison: Comparison) -> bool:
    if math.isnan(value):
        return False
    limit = comparison.value
    return {
        "at_least": value >= limit,
        "above": value > limit,
        "at_most": value <= limit,
        "below": value < limit,
        "is": value == limit,
        "between": limit <= value <= comparison.upper,
    }[comparison.name]


def chosen(value: object, name: str, values: Sequence[object]) -> bool:
    if value in ("", 0):
        return False
    return (value in values) != (name == "is_not")
