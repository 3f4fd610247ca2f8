"""What a condition may name under one graph: features, fields, kinds of entity, attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from domain.events.quoting import folded
from domain.features.feature import Feature
from domain.features.row_layout import FeatureRow
from domain.graph import GraphSettings

AMOUNT, EVENT_TYPE, CURRENCY = "amount", "event_type", "currency"
FIELDS = (AMOUNT, EVENT_TYPE, CURRENCY)
"""Fields of the event that a condition may name."""
_BEGINNING = 3


@dataclass(frozen=True)
class RuleNames:
    """The names that conditions may use."""

    features: dict[str, Feature]
    """By name, in the order of the matrix's columns."""
    kinds: tuple[str, ...]
    """Kinds of entity, those that only join rings included."""
    numeric: tuple[str, ...]
    """Numeric attributes."""
    categorical: tuple[str, ...]
    """Categorical attributes."""
    fields: tuple[str, ...] = FIELDS

    @classmethod
    def of(cls, graph: GraphSettings) -> RuleNames:
        """Return the names under a graph."""
        features = {feature.name: feature for feature in FeatureRow(graph).flat_features}
        return cls(features, graph.stages, graph.numeric_attributes, graph.categorical_attributes)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return the names of all attributes."""
        return (*self.numeric, *self.categorical)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return which of the known names is nearest to a name, if one is near."""
    spellings = {folded(one): one for one in known}
    near = get_close_matches(folded(name[:64]), spellings, n=1) or _longer_or_shorter(folded(name[:64]), spellings)
    return spellings[near[0]] if near else None


def mistyped(name: str, known: Iterable[str]) -> str | None:
    """Return which known name it is but for one letter, or two that changed places; None for none."""
    return next((one for one in known if name != one and _is_one_slip(name, one)), None)


def _is_one_slip(name: str, other: str) -> bool:
    """Return whether one letter is missing, too many, or another one, or two neighbours changed places."""
    same = 0
    while same < min(len(name), len(other)) and name[same] == other[same]:
        same += 1
    rest, wanted = name[same:], other[same:]
    ends = (rest, wanted[1:]), (rest[1:], wanted), (rest[1:], wanted[1:]), (rest[1::-1] + rest[2:], wanted)
    return any(one == two for one, two in ends)


def _longer_or_shorter(name: str, known: Iterable[str]) -> list[str]:
    """Return those that begin like a name of three letters or more: saturday for sat."""
    return [one for one in known if min(len(one), len(name)) >= _BEGINNING and (one.startswith(name) or name.startswith(one))]
