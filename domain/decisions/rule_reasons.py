"""Why a rule fired, in words: its own text and, for each comparison that made it fire, the number found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from domain.decisions.reason_words import COUNTED, DURATIONS, reads, states
from domain.events.event import Event
from domain.features.feature import Feature
from domain.graph import EVENT_TYPES, GraphSettings
from domain.rules.conditions import (
    BETWEEN,
    IN,
    IS,
    IS_NOT,
    WEEKDAYS,
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
    Leaf,
    Not,
    NumberIs,
    Rule,
    TimeOfDay,
)
from domain.rules.local_time import LocalTime, clock_text
from domain.rules.names import EVENT_TYPE, RuleNames
from domain.rules.rule_set import Holds

MOST_FACTS = 4
"""Comparisons that are told; how many more there are is said."""
_DAYS = dict(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_PLAIN_UNITS = frozenset({"share", "standard deviations", "currency", *COUNTED, *DURATIONS})
"""Units in which a comparison is written as people say them."""


class RuleReasons:
    """Teller of reasons under one graph; `RuleSet` takes it as its `describe`."""

    def __init__(self, graph: GraphSettings) -> None:
        names = RuleNames.of(graph)
        self._features, self._numeric = names.features, graph.numeric_attributes
        self._columns = {name: column for column, name in enumerate(names.features)}
        self._clocks: dict[str, LocalTime] = {}

    def __call__(self, rule: Rule, event: Event, row: Sequence[float], holds: Holds) -> str:
        """Return the text of a rule that fired."""
        found = list(dict.fromkeys(self._fact(leaf, wanted, event, row) for leaf, wanted in _because(rule.when, True, holds)))
        more = f", and {len(found) - MOST_FACTS} more" if len(found) > MOST_FACTS else ""
        return f"{rule.text}: {', '.join(found[:MOST_FACTS])}{more}"

    def _fact(self, leaf: Leaf, wanted: bool, event: Event, row: Sequence[float]) -> str:
        """Return what one comparison found; `wanted` says whether it was to hold or not to hold."""
        match leaf:
            case FeatureIs():
                feature = self._features[leaf.feature]
                return _feature_fact(feature, float(row[self._columns[leaf.feature]]), leaf.comparison, wanted)
            case AmountIs():
                found = f"{event.amount:,.2f} {event.currency}" if event.currency and event.amount == event.amount else "no amount"
                return f"{found} ({_compared(leaf.comparison, _money, wanted)}{'' if wanted else f' {leaf.currency}'})"
            case NumberIs():
                value = event.numeric[self._numeric.index(leaf.attribute)]
                found = f"{leaf.attribute} {exact(value)}" if value == value else f"no {leaf.attribute}"
                return f"{found} ({_compared(leaf.comparison, exact, wanted)})"
            case FieldIs():
                what = "event type" if leaf.field == EVENT_TYPE else leaf.field
                found = EVENT_TYPES[event.type_code] if leaf.field == EVENT_TYPE else event.currency
                return f"{what} {found}" if found else f"no {what}"
            case CategoryIs():
                return f"{leaf.attribute} is {_chosen(leaf, wanted)}"
            case EntityGiven():
                return f"the {leaf.kind} is {'given' if leaf.present == wanted else 'missing'}"
            case EntityListed():
                return f"the {leaf.kind} is {'' if leaf.listed == wanted else 'not '}on the list {leaf.list}"
            case TimeOfDay():
                span = "" if wanted else f" (not {clock_text(leaf.begin)} to {clock_text(leaf.end)})"
                return f"{clock_text(self._clock(leaf.zone).minute(event.time_ms))} in {leaf.zone}{span}"
        return f"{_DAYS[WEEKDAYS[self._clock(leaf.zone).weekday(event.time_ms)]]} in {leaf.zone}"

    def _clock(self, zone: str) -> LocalTime:
        if zone not in self._clocks:
            self._clocks[zone] = LocalTime(zone)
        return self._clocks[zone]


def _because(condition: Condition, wanted: bool, holds: Holds) -> Iterator[tuple[Leaf, bool]]:
    """Yield the comparisons that made a condition hold (`wanted`) or not hold, and which of both each did."""
    match condition:
        case Not():
            yield from _because(condition.part, not wanted, holds)
        case AllOf() | AnyOf():
            for part in condition.parts:
                if _true(part, holds) == wanted:
                    yield from _because(part, wanted, holds)
        case _:
            yield condition, wanted


def _true(condition: Condition, holds: Holds) -> bool:
    match condition:
        case Not():
            return not _true(condition.part, holds)
        case AllOf():
            return all(_true(part, holds) for part in condition.parts)
        case AnyOf():
            return any(_true(part, holds) for part in condition.parts)
    return holds(condition)


def _feature_fact(feature: Feature, value: float, comparison: Comparison, wanted: bool) -> str:
    if feature.unit == "flag":
        return states(feature, value)
    if feature.unit in _PLAIN_UNITS:
        return f"{states(feature, value)} ({_compared(comparison, lambda limit: _limit(feature, limit), wanted)})"
    return f"{states(feature, value)} ({feature.name} {exact(value)}, {_compared(comparison, exact, wanted)})"


def _limit(feature: Feature, limit: float) -> str:
    return reads(feature, feature.column(limit)) if feature.unit in DURATIONS else exact(limit)


def _compared(comparison: Comparison, say: Callable[[float], str], wanted: bool) -> str:
    if comparison.name == BETWEEN:
        text = f"between {say(comparison.value)} and {say(comparison.upper)}"
    else:
        text = f"{'exactly' if comparison.name == IS else comparison.name.replace('_', ' ')} {say(comparison.value)}"
    return text if wanted else f"not {text}"


def _chosen(leaf: CategoryIs, wanted: bool) -> str:
    named = ", ".join(leaf.values)
    if leaf.name == IN:
        return f"{'' if wanted else 'not '}one of {named}"
    return f"not {named}" if (leaf.name == IS_NOT) == wanted else named


def exact(number: float) -> str:
    """Return a number with at most four digits after its point, and without an exponent: 8, 0.25, 1,250."""
    return f"{number:,.4f}".rstrip("0").rstrip(".")


def _money(amount: float) -> str:
    return f"{amount:,.2f}"
