"""How precise blocks are: the share of fraud from a score on, of the validation part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gnn.card.blocked_bound import upper_bound
from gnn.card.card import ModelCard
from gnn.card.thresholds import Precision

Floats = NDArray[np.float64]
_STEP = 0.05
_FINE = (0.96, 0.97, 0.98, 0.99)
_LEAST_EVENTS = 20
"""Fewer say too little of a precision."""


def precisions(score: Floats, chance: Floats, weight: Floats, block: float) -> tuple[Precision, ...]:
    """Return the precision from each of some scores on, rising, the threshold `block` among them.

    `chance` f8[N] is how likely each event is fraud, as it is for the thresholds.
    """
    scores = sorted({block, *np.round(np.arange(0.3, 1.0, _STEP), 2).tolist(), *_FINE})
    found = (_from(at, score, chance, weight) for at in scores)
    return tuple(one for one in found if one.events >= _LEAST_EVENTS)


def _from(at: float, score: Floats, chance: Floats, weight: Floats) -> Precision:
    above = score >= at
    total = float(weight[above].sum())
    return Precision(float(at), float((weight * chance)[above].sum()) / total if total else 0.0, int(above.sum()))


def precisions_of(card: ModelCard) -> Sequence[Precision]:
    """Return what a card says; one that has no such table says it of its threshold."""
    if card.precisions:
        return card.precisions
    events = round(card.expected.blocked * card.data.validation_events)
    if events < _LEAST_EVENTS:
        return ()
    return (Precision(card.thresholds.block, card.expected.fraud_share * card.expected.blocked_fraud / card.expected.blocked, events),)


def at_least(one: Precision) -> float:
    """Return what the precision is no lower than on new events like these, with 95% confidence."""
    return 1.0 - upper_bound(1.0 - min(one.precision, 1.0), one.events)
