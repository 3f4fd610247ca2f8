"""What rules ask of an event, as numbers of one vector: first the row's columns, then what no row holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.rules import input_writers as writers
from domain.rules.conditions import (
    ABOVE,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    IN,
    AmountIs,
    CategoryIs,
    Comparison,
    EntityGiven,
    EntityListed,
    FeatureIs,
    FieldIs,
    Leaf,
    NumberIs,
    TimeOfDay,
    Weekday,
)
from domain.rules.entity_lists import ListHit
from domain.rules.input_writers import NO, UNKNOWN, YES, Cells, Choices, Writer
from domain.rules.local_time import LocalTime
from domain.rules.names import CURRENCY, EVENT_TYPE, RuleNames
from domain.rules.program import Step

_Leaf = TypeVar("_Leaf", bound=Leaf)


class Inputs:
    """The vector for a set of comparisons; only what they ask for is in it."""

    def __init__(self, graph: GraphSettings, names: RuleNames, asked: Iterable[Leaf], pseudonyms: Pseudonyms) -> None:
        self._graph, self._pseudonyms = graph, pseudonyms
        self._leaves = list(dict.fromkeys(asked))
        self._steps: dict[Leaf, Step] = {}
        self._writers: list[Writer] = []
        self.vector = np.zeros(max(1, len(self._leaves)))
        """f8[columns]: each comparison asks for one column at most."""
        self._view: Cells = self.vector.data
        self._columns = 0
        self.read: NDArray[np.int64] = self._features(names)
        """Columns of a row that the vector begins with."""
        self._amounts()
        self._fields()
        self._attributes()
        self._entities()
        self._times()
        self.is_listed = bool(self._listed)
        """Whether a list is asked for."""

    def step(self, leaf: Leaf) -> Step:
        """Return what a comparison asks of the vector."""
        return self._steps[leaf]

    def fill(self, event: Event, hits: Sequence[ListHit]) -> None:
        """Write what an event says, but for the row's columns."""
        for column in self._marked:
            self._view[column] = NO
        self._marked.clear()
        for write in self._writers:
            write(event)
        for record, kind in hits:
            listed = self._listed.get((kind, record.list))
            if listed is not None and record.is_active:
                self._view[listed] = YES
                self._marked.append(listed)

    def _of(self, kind: type[_Leaf]) -> list[_Leaf]:
        return [leaf for leaf in self._leaves if isinstance(leaf, kind)]

    def _column(self) -> int:
        self._columns += 1
        return self._columns - 1

    def _features(self, names: RuleNames) -> NDArray[np.int64]:
        places = {name: index for index, name in enumerate(names.features)}
        leaves = self._of(FeatureIs)
        columns = {name: self._column() for name in dict.fromkeys(leaf.feature for leaf in leaves)}
        for leaf in leaves:
            # compared as the matrix holds it: back from a logarithm in 32 bits, 6 would be a little less
            # than 6
            self._steps[leaf] = _interval(columns[leaf.feature], leaf.comparison, names.features[leaf.feature].column)
        return np.array([places[name] for name in columns], np.int64)

    def _amounts(self) -> None:
        leaves = self._of(AmountIs)
        columns = {currency: self._column() for currency in dict.fromkeys(leaf.currency for leaf in leaves)}
        self._steps.update((leaf, _interval(columns[leaf.currency], leaf.comparison)) for leaf in leaves)
        if columns:
            self._writers.append(writers.amounts(self._view, columns))

    def _fields(self) -> None:
        for field in (EVENT_TYPE, CURRENCY):
            leaves = [leaf for leaf in self._of(FieldIs) if leaf.field == field]
            if leaves:
                choices = self._choices(leaves, [(leaf.name, leaf.values) for leaf in leaves], "")
                self._writers.append(writers.event_types(choices) if field == EVENT_TYPE else writers.currencies(choices))

    def _attributes(self) -> None:
        for position, name in enumerate(self._graph.numeric_attributes):
            numbers = [leaf for leaf in self._of(NumberIs) if leaf.attribute == name]
            if numbers:
                column = self._column()
                self._steps.update((leaf, _interval(column, leaf.comparison)) for leaf in numbers)
                self._writers.append(writers.numbers(self._view, column, position))
        for position, name in enumerate(self._graph.categorical_attributes):
            texts = [leaf for leaf in self._of(CategoryIs) if leaf.attribute == name]
            if texts:
                chosen = [(leaf.name, tuple(self.category(name, text) for text in leaf.values)) for leaf in texts]
                self._writers.append(writers.categories(self._choices(texts, chosen, 0), position))

    def category(self, name: str, text: str) -> int:
        """Return what the parser makes of a category."""
        return self._pseudonyms.of(f"attribute {name}", text) & 0xFFFFFFFF

    def _entities(self) -> None:
        self._listed: dict[tuple[str, str], int] = {}
        self._marked: list[int] = []
        for stage, kind in enumerate(self._graph.stages):
            given = [leaf for leaf in self._of(EntityGiven) if leaf.kind == kind]
            listed = [leaf for leaf in self._of(EntityListed) if leaf.kind == kind]
            if given:
                column = self._column()
                self._steps.update((leaf, _flag(column, leaf.present)) for leaf in given)
                self._writers.append(writers.flags(self._view, (column,), stage, YES, NO))
            if listed:
                columns = {name: self._column() for name in dict.fromkeys(leaf.list for leaf in listed)}
                self._listed.update(((kind, name), column) for name, column in columns.items())
                self._steps.update((leaf, _flag(columns[leaf.list], leaf.listed)) for leaf in listed)
                # a missing entity is neither on a list nor not on it, which only not_in_list must tell apart
                apart = tuple(columns[name] for name in dict.fromkeys(leaf.list for leaf in listed if not leaf.listed))
                if apart:
                    self._writers.append(writers.flags(self._view, apart, stage, NO, UNKNOWN))

    def _times(self) -> None:
        zones = [*(leaf.zone for leaf in self._of(TimeOfDay)), *(leaf.zone for leaf in self._of(Weekday))]
        for zone in dict.fromkeys(zones):
            clock = LocalTime(zone)
            times = [leaf for leaf in self._of(TimeOfDay) if leaf.zone == zone]
            days = [leaf for leaf in self._of(Weekday) if leaf.zone == zone]
            if times:
                column = self._column()
                self._steps.update((leaf, _span(column, leaf)) for leaf in times)
                self._writers.append(writers.minutes(self._view, column, clock))
            if days:
                choices = self._choices(days, [(IN, leaf.days) for leaf in days])
                self._writers.append(writers.weekdays(choices, clock))

    def _choices(self, leaves: Sequence[Leaf], chosen: Sequence[tuple[str, Sequence[object]]], nothing: object = None) -> Choices:
        first = self._columns
        for leaf in leaves:
            self._steps[leaf] = _flag(self._column(), True)
        return Choices(self._view, first, chosen, nothing)


def _flag(column: int, wanted: bool) -> Step:
    return Step(column, YES, YES) if wanted else Step(column, NO, NO)


def _interval(column: int, comparison: Comparison, scaled: Callable[[float], float] = float) -> Step:
    """Return the interval of a comparison; `scaled` makes the vector's number of the shown one."""
    value = scaled(comparison.value)
    bounds = {
        AT_LEAST: (value, math.inf),
        ABOVE: (math.nextafter(value, math.inf), math.inf),
        AT_MOST: (-math.inf, value),
        BELOW: (-math.inf, math.nextafter(value, -math.inf)),
        BETWEEN: (value, scaled(comparison.upper)),
    }
    return Step(column, *bounds.get(comparison.name, (value, value)))


def _span(column: int, leaf: TimeOfDay) -> Step:
    if leaf.begin < leaf.end:
        return Step(column, leaf.begin, leaf.end - 1)
    return Step(column, leaf.end, leaf.begin - 1, swapped=True)
