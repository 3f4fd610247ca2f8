"""What one column is: its name, its unit, and the words that a reason uses for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.errors import SettingError

CATEGORY_BUCKETS = 16
"""Columns per categorical attribute: its values are hashed into so many."""
RECENCY_DAYS = 7.0
"""A recency is 1 for what has just happened, a half so many days later."""


@dataclass(frozen=True)
class Feature:
    """One column: its name, the unit of `shown`, a reason's words, and the group it is explained with."""

    name: str
    unit: str
    text: str
    group: str
    scale: str = "plain"
    """`log`: the column holds ln(1 + value); `plain`: the value itself."""

    def shown(self, column: float) -> float:
        """Return the value in its unit, from the column's number."""
        return float(np.expm1(column)) if self.scale == "log" else float(column)

    def column(self, shown: float) -> float:
        """Return the column's number, as a matrix holds it, from the value in its unit."""
        return float(np.float32(np.log1p(max(shown, 0.0)) if self.scale == "log" else shown))


class FeatureList:
    """The columns of one part of a row, in the order in which they are added: that of the writer beside."""

    def __init__(self, space: str) -> None:
        """Take `space`, the part's name and its columns' prefix: event, an entity kind, or KIND_link."""
        self.space = space
        self._features: list[Feature] = []

    def add(self, name: str, unit: str, text: str, group: str, scale: str = "plain") -> None:
        """Append a column."""
        self._features.append(Feature(f"{self.space}.{name}", unit, text, f"{self.space}.{group}", scale))

    @property
    def features(self) -> tuple[Feature, ...]:
        """Return all columns so far."""
        return tuple(self._features)


def refuse_repeats(features: Sequence[Feature]) -> None:
    """Raise SettingError if two columns of one matrix have the same name."""
    seen: set[str] = set()
    for feature in features:
        if feature.name in seen:
            raise SettingError(
                f"two model inputs would be named {feature.name}: rename the attribute in graph.numeric_attributes or "
                "graph.categorical_attributes, or the like value in graph.half_lives_s"
            )
        seen.add(feature.name)
