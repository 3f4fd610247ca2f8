"""Where to investigate and where to block: the scores that make decisions cheapest on the validation set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.train_settings import Costs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """Scores in [0, 1]: from `investigate` on an analyst looks, from `block` on the event is blocked."""

    investigate: float
    block: float


def missed_cost(amount: Floats, costs: Costs) -> Floats:
    """What each event loses if it is fraud and approved; amounts NaN where there is none."""
    return np.maximum(costs.missed_fraud_share * np.nan_to_num(amount), costs.missed_fraud_least)


def choose_thresholds(score: Floats, fraud: NDArray[np.bool_], weight: Floats, amount: Floats, costs: Costs) -> Thresholds:
    """Cheapest thresholds for N scored events.

    The cost is a sum of one term per threshold: all below `investigate` approved and all above reviewed, then the reviews
    from `block` on saved and the good events there lost. So the best pair is found in one pass.
    """
    order = np.argsort(score, kind="stable")
    cuts = _cuts(score[order])
    at = np.searchsorted(score[order], cuts)
    good = np.where(fraud, 0.0, weight)[order]
    missed = np.where(fraud, weight * missed_cost(amount, costs), 0.0)[order]
    reviewed, blocked_good = _from(weight[order])[at] * costs.review, _from(good)[at]
    approving = missed.sum() - _from(missed)[at] + reviewed
    blocking = np.where(blocked_good <= costs.max_blocked_legitimate * good.sum(), blocked_good * costs.blocked_good - reviewed, np.inf)
    cheapest_above = np.minimum.accumulate(blocking[::-1])[::-1]  # finite: the last cut blocks nobody
    investigate = int(np.argmin(approving + cheapest_above))
    block = investigate + int(np.argmin(blocking[investigate:]))
    return Thresholds(float(cuts[investigate]), float(cuts[block]))


def _cuts(ordered: Floats) -> Floats:
    """Thresholds between neighbouring distinct scores, so that no rounding moves an event across; rising, the last takes nobody."""
    distinct = np.unique(ordered)
    return np.concatenate([distinct[:1] / 2, (distinct[1:] + distinct[:-1]) / 2, [(distinct[-1] + 1.0) / 2]])


def _from(values: Floats) -> Floats:
    """Sums of values[i:] for i in 0..N, by position."""
    return np.append(np.cumsum(values[::-1])[::-1], 0.0)
