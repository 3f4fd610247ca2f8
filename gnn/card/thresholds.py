"""Where to investigate and where to block: the scores that make decisions cheapest on the validation set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.history.train_settings import Costs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """Scores in [0, 1]: from `investigate` on an analyst looks, from `block` on the event is blocked."""

    investigate: float
    block: float


@dataclass(frozen=True)
class Precision:
    """The share of fraud among the validation events from a score on."""

    score: float
    precision: float
    events: int


@dataclass(frozen=True)
class Expected:
    """What the thresholds do on the validation part.

    Shares lie in [0, 1]; fraud without a label is counted by its chance.
    """

    fraud_share: float
    """Of all events."""
    labelled_share: float
    """Of the frauds, those that have their label."""
    flagged: float
    """Events from `investigate` on."""
    blocked: float
    flagged_fraud: float
    """Of the frauds, those that are flagged."""
    blocked_fraud: float
    blocked_legitimate: float
    """Of the legitimate events."""
    cost_per_1000: float
    """Of 1,000 events, in the currency of the amounts."""
    cost_per_1000_approving_all: float


def expected(
    score: Floats, fraud: NDArray[np.bool_], chance: Floats, weight: Floats, amount: Floats, costs: Costs, at: Thresholds
) -> Expected:
    """Return what thresholds do.

    `fraud` says what is labelled, `chance` f8[N] how likely each event is fraud.
    """
    frauds, good, missed = weight * chance, weight * (1.0 - chance), weight * chance * missed_cost(amount, costs)
    flagged, blocked = score >= at.investigate, score >= at.block
    events = float(weight.sum())
    cost = missed[~flagged].sum() + costs.review * weight[flagged & ~blocked].sum() + costs.blocked_good * good[blocked].sum()
    return Expected(
        fraud_share=float(frauds.sum()) / events,
        labelled_share=float(weight[fraud].sum() / frauds.sum()),
        flagged=float(weight[flagged].sum()) / events,
        blocked=float(weight[blocked].sum()) / events,
        flagged_fraud=float(frauds[flagged].sum() / frauds.sum()),
        blocked_fraud=float(frauds[blocked].sum() / frauds.sum()),
        blocked_legitimate=float(good[blocked].sum() / good.sum()),
        cost_per_1000=float(cost) / events * 1000.0,
        cost_per_1000_approving_all=float(missed.sum()) / events * 1000.0,
    )


def missed_cost(amount: Floats, costs: Costs) -> Floats:
    """Return what each event loses if it is fraud and approved; amounts are NaN where there is none."""
    return np.maximum(costs.missed_fraud_share * np.nan_to_num(amount), costs.missed_fraud_least)


def choose_thresholds(score: Floats, chance: Floats, weight: Floats, amount: Floats, costs: Costs) -> Thresholds:
    """Return the cheapest thresholds for N scored events, each of which is fraud with probability `chance`.

    The cost is a sum of one term per threshold: all below `investigate` approved and all above reviewed,
    then the reviews from `block` on saved and the good events there lost. So the best pair is found in one
    pass. The cap on blocked legitimate events holds for their expected number and one standard error.
    """
    order = np.argsort(score, kind="stable")
    cuts = _cuts(score[order])
    at = np.searchsorted(score[order], cuts)
    good = (weight * (1.0 - chance))[order]
    missed = (weight * chance * missed_cost(amount, costs))[order]
    error = np.sqrt(_from((weight**2 * chance * (1.0 - chance))[order]))[at]
    reviewed, blocked_good = _from(weight[order])[at] * costs.review, _from(good)[at]
    approving = missed.sum() - _from(missed)[at] + reviewed
    within_cap = blocked_good + error <= costs.max_blocked_legitimate * good.sum()
    blocking = np.where(within_cap, blocked_good * costs.blocked_good - reviewed, np.inf)
    cheapest_above = np.minimum.accumulate(blocking[::-1])[::-1]  # finite: the last cut blocks nobody
    investigate = int(np.argmin(approving + cheapest_above))
    block = investigate + int(np.argmin(blocking[investigate:]))
    return Thresholds(float(cuts[investigate]), float(cuts[block]))


def _cuts(ordered: Floats) -> Floats:
    """Return thresholds between neighbouring distinct scores, rising; the last takes nobody.

    Between them, no rounding moves an event across.
    """
    distinct = np.unique(ordered)
    return np.concatenate([distinct[:1] / 2, (distinct[1:] + distinct[:-1]) / 2, [(distinct[-1] + 1.0) / 2]])


def _from(values: Floats) -> Floats:
    """Return the sums of values[i:] for i in 0..N, by position."""
    return np.append(np.cumsum(values[::-1])[::-1], 0.0)
