"""What makes incidents alike to one who writes of them, and how far apart two are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from domain.incidents.pattern import pattern_of

_MOST_FACTS, _NAME_CHARS = 100, 64
_FULL_APART = 6
"""Powers of two between sizes, and of ten between sums, that are as far apart as can be."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an incident is, how large, and what kinds of facts it has. Sizes are rounded powers: no figure."""

    kind: str
    pattern: str
    action: str
    accounts: int
    """Power of two."""
    alerts: int
    """Power of two."""
    money: int
    """Power of ten, of the largest sum."""
    facts: frozenset[str]
    """Names of its facts."""

    @classmethod
    def of(cls, incident: Mapping[str, Any]) -> Self:
        """Return the traits of an incident document."""
        facts = {str(fact["name"])[:_NAME_CHARS]: fact["value"] for fact in incident["evidence"]["facts"][:_MOST_FACTS]}
        numbers = {name: abs(value) for name, value in facts.items() if type(value) in (int, float) and math.isfinite(value)}
        money = max((value for name, value in numbers.items() if name.startswith(("money_", "asked_"))), default=0)
        return cls(
            str(incident.get("kind", "ring"))[:_NAME_CHARS],
            pattern_of(facts),  # by the facts: a revision names none before it has its summary
            str(incident["action"])[:_NAME_CHARS],
            round(math.log2(1 + numbers.get("distinct_account", 0))),
            round(math.log2(1 + numbers.get("alerts", 0))),
            round(math.log10(1 + money)),
            frozenset(facts),
        )

    def to_document(self) -> dict[str, Any]:
        """Return the traits as JSON values."""
        return {**asdict(self), "facts": sorted(self.facts)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned. Raise KeyError, TypeError or ValueError for anything else."""
        kind, pattern, action = (str(document[name])[:_NAME_CHARS] for name in ("kind", "pattern", "action"))
        accounts, alerts, money = (int(document[name]) for name in ("accounts", "alerts", "money"))
        return cls(kind, pattern, action, accounts, alerts, money, frozenset(map(str, document["facts"][:_MOST_FACTS])))

    def distance(self, other: Self) -> float:
        """Return how far apart two are: 0 for the same, 1 at most.

        Half of it is whether kind, pattern and action are others; a fifth are sizes and money; the rest is
        the share of facts that only one of them has.
        """
        words = 0.2 * (self.kind != other.kind) + 0.2 * (self.pattern != other.pattern) + 0.1 * (self.action != other.action)
        both = ((self.accounts, other.accounts), (self.alerts, other.alerts), (self.money, other.money))
        sizes = sum(min(1.0, abs(mine - its) / _FULL_APART) for mine, its in both)
        every = self.facts | other.facts
        return words + 0.2 * sizes / 3 + 0.3 * (len(self.facts ^ other.facts) / len(every) if every else 0.0)
