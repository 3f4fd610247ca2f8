"""What decisions cost, in the currency of the amounts, and what other thresholds would have cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gnn.card.detection_metrics import Floats, Labels
from gnn.card.thresholds import Thresholds, choose_thresholds, missed_cost
from gnn.history.train_settings import Costs

CURVE_POINTS = 200


@dataclass(frozen=True)
class CostSummary:
    """Costs of the decisions, of approving everything, and of the cheapest thresholds in hindsight."""

    decided: float
    approve_all: float
    least: float
    """Never above `decided`.

    Thresholds other than those decided by block at most the allowed share of the legitimate events
    (`train.costs.max_blocked_legitimate`).
    """
    least_investigate_at: float
    """Where the decisions were cheapest: the lowest score that they flagged, 1 if there is none."""
    least_block_at: float


@dataclass(frozen=True)
class CostCurve:
    """Costs of one threshold alone, rising: all events from it on are reviewed, or all blocked.

    The others are approved.
    """

    threshold: Floats
    reviewing: Floats
    blocking: Floats


def decision_costs(fraud: Labels, flagged: Labels, blocked: Labels, amount: Floats, costs: Costs) -> Floats:
    """Return the cost of each of N decisions: a missed fraud, a review, or a blocked legitimate event."""
    approved = np.where(fraud, missed_cost(amount, costs), 0.0)
    of_each: Floats = np.select([blocked, flagged], [np.where(fraud, 0.0, costs.blocked_good), costs.review], approved)
    return of_each


def cost_summary(score: Floats, fraud: Labels, flagged: Labels, blocked: Labels, amount: Floats, costs: Costs) -> CostSummary:
    """Return the costs of N decisions, and what the cheapest thresholds would have cost."""

    def total(flag: Labels, block: Labels) -> float:
        return float(decision_costs(fraud, flag, block, amount, costs).sum())

    best = choose_thresholds(score, fraud.astype(np.float64), np.ones(len(score)), amount, costs)
    decided, least = total(flagged, blocked), total(score >= best.investigate, score >= best.block)
    if decided < least:  # the decisions block more than the cap allows, and that is cheaper
        least, best = decided, Thresholds(_lowest(score[flagged]), _lowest(score[blocked]))
    nothing = np.zeros(len(score), bool)
    return CostSummary(decided, total(nothing, nothing), least, best.investigate, best.block)


def _lowest(score: Floats) -> float:
    return float(score.min(initial=1.0))


def cost_curve(score: Floats, fraud: Labels, weight: Floats, amount: Floats, costs: Costs) -> CostCurve:
    """Return total costs over about `CURVE_POINTS` thresholds.

    Half of them are evenly spaced in score, half in the logarithm of how many events they take.
    """
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    by_rank = len(score) - np.unique(np.geomspace(1, len(score), CURVE_POINTS // 2).astype(np.intp))
    threshold = np.unique(np.concatenate([np.linspace(ordered[0], ordered[-1], CURVE_POINTS // 2), ordered[by_rank]]))
    below = np.searchsorted(ordered, threshold)
    missed = _before(np.where(fraud, weight * missed_cost(amount, costs), 0.0)[order])[below]
    good = _before(np.where(fraud, 0.0, weight)[order])
    everything = _before(weight[order])
    reviews, blocked_good = everything[-1] - everything[below], good[-1] - good[below]
    return CostCurve(threshold, missed + costs.review * reviews, missed + costs.blocked_good * blocked_good)


def _before(values: Floats) -> Floats:
    """Return the sums of values[:i] for i in 0..N."""
    return np.append(0.0, np.cumsum(values))
