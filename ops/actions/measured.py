"""How precise a model's scores were when it was trained: what its card says, as actions need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Precision from a score on."""

    score: float
    at_least: float
    """Share of fraud among the events from this score on; with 95% confidence it is no lower."""


FindMeasured = Callable[[str], Sequence[Measured]]
"""From the `model` of a decision to what its card says, rising by score; empty where no card is known."""


def bar(measured: Sequence[Measured], min_precision: float) -> float | None:
    """Return the lowest score from which the precision is high enough; None if it is nowhere."""
    return min((one.score for one in measured if one.at_least >= min_precision), default=None)


def precision_at(measured: Sequence[Measured], score: float) -> float:
    """Return the precision of the highest measured score up to this one; 0 below all."""
    below = [one for one in measured if one.score <= score]
    return max(below, key=lambda one: one.score).at_least if below else 0.0
