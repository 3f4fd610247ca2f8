"""Rules over columns of many events at once, where their rows of features are there already.

It says the same as `RuleSet` of each event alone, which a test holds it to; a million events take a second.
Lists are not known here: a rule that asks for one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.rules.conditions import (
    IS_NOT,
    AllOf,
    AmountIs,
    AnyOf,
    CategoryIs,
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
    Weekday,
    leaves,
)
from domain.rules.inputs import Inputs
from domain.rules.local_time import QUARTER_MS, LocalTime
from domain.rules.names import RuleNames

Truths = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Texts:
    """A column of texts: `codes` i8[N] are positions in `values`, -1 for none."""

    codes: NDArray[np.int64]
    values: Sequence[str]


class ManyEvents(Protocol):
    """N events in columns; a number that an event has not is NaN."""

    time_ms: NDArray[np.int64]

    def feature(self, name: str) -> Numbers:
        """Return f8[N]: a column of the rows of features, each number as float32 holds it."""
        ...

    def amount(self) -> Numbers:
        """Return the amounts."""
        ...

    def texts(self, field: str) -> Texts:
        """Return `event_type` or `currency`."""
        ...

    def number(self, attribute: str) -> Numbers:
        """Return a numeric attribute."""
        ...

    def category(self, attribute: str) -> NDArray[np.int64]:
        """Return a categorical attribute as the parser hashes it, 0 for none."""
        ...

    def given(self, kind: str) -> Truths:
        """Return which events name an entity of a kind."""
        ...


class RulesOfMany:
    """Some rules, and where they fire."""

    def __init__(self, graph: GraphSettings, rules: Sequence[Rule], pseudonyms: Pseudonyms) -> None:
        """Take rules whose names are all known. Raises ValueError for one that asks for a list."""
        asked = [leaf for rule in rules for leaf in leaves(rule.when)]
        listed = next((leaf.list for leaf in asked if isinstance(leaf, EntityListed)), None)
        if listed is not None:
            raise ValueError(f"a rule asks for the list {listed}")
        self._inputs = Inputs(graph, RuleNames.of(graph), asked, pseudonyms)

    def fired(self, rule: Rule, events: ManyEvents) -> Truths:
        """Return bool[N]: for which events one of the rules fires."""
        found = self._holds(rule.when, events)
        return found if rule.expires_ms is None else found & (events.time_ms < rule.expires_ms)

    def _holds(self, condition: Condition, events: ManyEvents) -> Truths:
        if isinstance(condition, Not):
            return ~self._holds(condition.part, events)
        if isinstance(condition, AllOf | AnyOf):
            found = np.full(len(events.time_ms), isinstance(condition, AllOf))
            for part in condition.parts:
                held = self._holds(part, events)
                found = found & held if isinstance(condition, AllOf) else found | held
            return found
        return self._compared(condition, events)

    def _compared(self, leaf: Leaf, events: ManyEvents) -> Truths:
        if isinstance(leaf, FieldIs):
            return _chosen(events.texts(leaf.field), leaf)
        if isinstance(leaf, CategoryIs):
            return self._of_categories(leaf, events.category(leaf.attribute))
        if isinstance(leaf, EntityGiven):
            given = events.given(leaf.kind)
            return given if leaf.present else ~given
        if isinstance(leaf, Weekday):
            return np.isin(_by_quarter(events.time_ms, LocalTime(leaf.zone)) // 1440, leaf.days)
        step, values = self._inputs.step(leaf), _numbers(leaf, events)
        held: Truths = ((values >= step.lo) & (values <= step.hi)) != step.swapped
        return held

    def _of_categories(self, leaf: CategoryIs, found: NDArray[np.int64]) -> Truths:
        wanted = [self._inputs.category(leaf.attribute, text) for text in leaf.values]
        held: Truths = (np.isin(found, wanted) != (leaf.name == IS_NOT)) & (found != 0)
        return held


def _numbers(leaf: Leaf, events: ManyEvents) -> Numbers:
    if isinstance(leaf, FeatureIs):
        return events.feature(leaf.feature)
    if isinstance(leaf, NumberIs):
        return events.number(leaf.attribute)
    if isinstance(leaf, TimeOfDay):
        return (_by_quarter(events.time_ms, LocalTime(leaf.zone)) % 1440).astype(np.float64)
    assert isinstance(leaf, AmountIs), "every other comparison is one of texts or truths"
    currency = events.texts("currency")
    of_this = {text: code for code, text in enumerate(currency.values)}.get(leaf.currency, -2)
    return np.where(currency.codes == of_this, events.amount(), np.nan)


def _chosen(texts: Texts, leaf: FieldIs) -> Truths:
    """Return where a field is one of the values; where it is missing, nothing holds, not even is_not."""
    truths = np.array([*((value in leaf.values) != (leaf.name == IS_NOT) for value in texts.values), False])
    found: Truths = truths[texts.codes]  # -1 is the last one
    return found


def _by_quarter(time_ms: NDArray[np.int64], clock: LocalTime) -> NDArray[np.int64]:
    """Return the minute of the local week, Monday's first is 0; offsets are looked up once a quarter."""
    quarters, place = np.unique(time_ms // QUARTER_MS, return_inverse=True)
    starts = [1440 * clock.weekday(start) + clock.minute(start) for start in (quarters * QUARTER_MS).tolist()]
    return (np.array(starts, np.int64)[place] + time_ms % QUARTER_MS // 60_000) % (7 * 1440)
