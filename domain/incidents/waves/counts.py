"""Events counted by the quarter of an hour: what reaches the watch is a few numbers, never an event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from domain.incidents.forgotten import Forgotten
from domain.incidents.money import UNITS_PER_ONE
from domain.incidents.waves.sample import Sampled
from domain.json_text import as_json
from domain.times import MINUTE_S

BUCKET_MS = 15 * MINUTE_S * 1000
MOST_UNITS = 10**15
"""A single amount counts with at most 100 billion, so that sums fit into Java's long."""

_FORGOTTEN, _SAMPLED = 2, 3  # values of a forgotten account and of a sample, fewer than those of a count
_STATE, _UNCOUNTED = 6, -(10**12)  # values of a `Total`; what stays below 0, whatever is added

Counts = tuple[int, int, str, int, int, int, int]
"""(bucket, crowd, currency or "", events, ten-thousandths of money, first and last event time in ms)."""


def units_of(amount: float) -> int:
    """Return an amount in ten-thousandths, 0 for none (NaN); `CountCrowds.java` does the same."""
    return min(MOST_UNITS, round(amount * UNITS_PER_ONE)) if amount == amount else 0


def counts_text(counts: Iterable[Counts], sampled: Iterable[Sampled] = ()) -> str:
    """Return counts and samples as text, as `CountCrowds.java` writes them."""
    return as_json([*counts, *sampled])


def counts_in(text: str) -> tuple[list[Counts], list[Sampled]]:
    """Read what `counts_text` or `CountCrowds.java` wrote; an older build of that wrote no samples."""
    counts, sampled = list[Counts](), list[Sampled]()
    for row in json.loads(text):
        if len(row) == _SAMPLED:
            sampled.append(tuple(row))
        elif len(row) != _FORGOTTEN:
            counts.append(tuple(row))
    return counts, sampled


def forgotten_in(text: str) -> list[Forgotten]:
    """Return the accounts that are to be forgotten, of the same text; there are none as a rule."""
    rows = json.loads(text) if text.startswith('[["') else []
    return [Forgotten(*row) for row in rows if len(row) == _FORGOTTEN]


@dataclass(slots=True)
class Total:
    """Sums of counts, the same in any order: events, those with a disposable mailbox, times and money."""

    events: int = 0
    disposable: int = 0
    first_ms: int = 0
    last_ms: int = 0
    money: dict[str, int] | None = None
    """Currency -> ten-thousandths; None while there is none."""
    others: int = 0
    """Events that name a thing that another account named before; negative if that was not counted yet."""

    def add(self, other: Total) -> None:
        """Add another sum."""
        if not other.events:
            return
        self.first_ms = min(self.first_ms, other.first_ms) if self.events else other.first_ms
        self.last_ms = max(self.last_ms, other.last_ms)
        self.events, self.disposable = self.events + other.events, self.disposable + other.disposable
        self.others += other.others
        for currency, units in (other.money or {}).items():
            self.money = self.money or {}
            self.money[currency] = self.money.get(currency, 0) + units

    def to_state(self) -> list[Any]:
        """Return the sums as JSON values."""
        return [self.events, self.disposable, self.first_ms, self.last_ms, self.money, self.others]

    @classmethod
    def of(cls, state: list[Any]) -> Self:
        """Read what `to_state` returned, or a build that did not count `others`."""
        return cls(*state, *(() if len(state) == _STATE else (_UNCOUNTED,)))
