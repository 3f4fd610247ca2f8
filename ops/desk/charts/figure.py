"""What a chart shows: named columns, and for each a value of every series."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ops.desk.charts.times import moment_name, time_ticks
from ops.desk.markup import shortened

Tone = Literal["1", "2", "3", "4", "good", "bad", "neutral"]
Filling = Literal["solid", "half", "hollow"]
"""How a bar is filled: what it is can be told without its colour."""
_NAME = 40


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each column. None is no value; so are NaN and infinity."""

    name: str
    values: tuple[float | None, ...]
    tone: Tone = "1"
    filling: Filling = "solid"


@dataclass(frozen=True, slots=True)
class Named:
    """Columns with names."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.names)

    def name(self, column: int) -> str:
        """Return the whole name of a column."""
        return shortened(self.names[column], _NAME)

    def ticks(self, most: int) -> dict[int, str]:
        """Return the columns that are labelled, at most `most`, with their labels."""
        every = max(1, math.ceil(len(self.names) / max(1, most)))
        return {column: shortened(self.names[column], 14) for column in range(0, len(self.names), every)}


@dataclass(frozen=True, slots=True)
class Timed:
    """Columns that begin at moments, in ms since 1970, in rising order; shown in UTC."""

    moments: tuple[int, ...]

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.moments)

    def name(self, column: int) -> str:
        """Return the whole name of a column: 12 March 2026, with the time where columns are shorter than a
        day.
        """
        return moment_name(self.moments, column)

    def ticks(self, most: int) -> dict[int, str]:
        """Return the columns that are labelled, at most `most`, with their labels."""
        return time_ticks(self.moments, most)


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart's content. Raise ValueError where a series has not one value for each column."""

    title: str
    description: str
    """What it tells, in a sentence or two: read aloud instead of the picture."""
    columns: Named | Timed
    series: tuple[Series, ...]
    unit: str = ""
    """Of all values: events, EUR, %. Counts are of a unit that `is_whole`."""
    is_whole: bool = False
    """Whether values are whole numbers, and so the axis."""

    def __post_init__(self) -> None:
        for one in self.series:
            if len(one.values) != len(self.columns):
                raise ValueError(f"series {one.name}: it has {len(one.values)} values for {len(self.columns)} columns")

    def known(self, one: Series) -> tuple[float | None, ...]:
        """Return the values of a series that can be drawn."""
        return tuple(None if value is None or not math.isfinite(value) else value for value in one.values)

    def stacked(self) -> tuple[tuple[float, float], ...]:
        """Return for each column the sum of what is below zero and of what is above."""
        values = [self.known(one) for one in self.series]
        columns = list(zip(*values, strict=True)) or [()] * len(self.columns)
        return tuple((_sum(column, lambda value: value < 0), _sum(column, lambda value: value > 0)) for column in columns)


def _sum(values: tuple[float | None, ...], counts: Callable[[float], bool]) -> float:
    return sum(value for value in values if value is not None and counts(value))
