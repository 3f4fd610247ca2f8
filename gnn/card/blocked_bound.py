"""What a card can promise of `train.costs.max_blocked_legitimate`, given the size of its validation part."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gnn.card.card import ModelCard

CAP = "max_blocked_legitimate"
"""Name of the setting among a card's hyperparameters."""
_Z2 = 1.645**2  # one-sided, 95%


@dataclass(frozen=True)
class BlockedBound:
    """The `share` of the legitimate validation `events` that is blocked, and what follows for new events."""

    share: float
    events: int
    at_most: float
    """Of new events like these no larger share is blocked, with 95% confidence."""
    cap: float | None
    """`max_blocked_legitimate` of the training; None on cards that do not say."""

    @property
    def warning(self) -> str | None:
        """Say that the cap may be passed on new events, and how many events would tell."""
        if self.cap is None or self.at_most <= self.cap:
            return None
        least = events_to_hold(self.cap)
        size = f"{self.events:,} legitimate events cannot show that at most {self.cap:.2%} are blocked ({CAP})"
        if self.events < least:
            return f"{size}: it takes {least:,} of which none is blocked. Validate on a longer history, or watch what is blocked."
        return f"{self.cap:.2%} ({CAP}) is kept here, but may be passed on new events. Validate on a longer history, or lower it."


def blocked_bound(card: ModelCard) -> BlockedBound:
    """Return what a card knows of the legitimate events that its thresholds block."""
    events = max(card.data.validation_events - card.data.validation_frauds, 1)
    share = card.expected.blocked_legitimate
    return BlockedBound(share, events, upper_bound(share, events), card.hyperparameters.get(CAP))


def upper_bound(share: float, events: int) -> float:
    """Return the upper end of Wilson's one-sided 95% interval of a share p of n events.

        (p + z²/2n + z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n),  z = 1.645

    It is z² / (n + z²) where nothing was seen (Wilson 1927; for small counts Brown, Cai and DasGupta 2001).
    """
    spread = math.sqrt(_Z2 * share * (1.0 - share) / events + (_Z2 / (2.0 * events)) ** 2)
    return min(1.0, (share + _Z2 / (2.0 * events) + spread) / (1.0 + _Z2 / events))


def events_to_hold(cap: float) -> int:
    """Return how many events without a blocked one show that at most the share `cap` is blocked."""
    return math.ceil(_Z2 * (1.0 - cap) / cap) if cap > 0 else 0
