"""Metrics against scikit-learn, thresholds against brute force, calibration against known odds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from gnn.calibration import calibrate
from gnn.metrics import auc, average_precision, calibration_error, recall_at
from gnn.thresholds import Thresholds, choose_thresholds, missed_cost
from gnn.train_settings import Costs

SIZES = st.integers(2, 40)


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(score with ties, fraud with both classes, weight, amount with gaps)."""
    n = draw(SIZES)
    score = draw(arrays(np.float64, n, elements=st.integers(1, 9))) / 10.0
    fraud = draw(arrays(np.bool_, n))
    fraud[0], fraud[1] = True, False
    weight = np.where(fraud, 1.0, draw(st.sampled_from([1.0, 2.5])))
    amount = draw(arrays(np.float64, n, elements=st.sampled_from([math.nan, 0.0, 10.0, 300.0])))
    return score, fraud, weight, amount


@given(scored())
@settings(deadline=None)
def test_ranking_metrics_agree_with_scikit_learn(case: tuple[np.ndarray, ...]) -> None:
    score, fraud, weight, _ = case
    assert auc(score, fraud, weight) == pytest.approx(roc_auc_score(fraud, score, sample_weight=weight))
    assert average_precision(score, fraud, weight) == pytest.approx(average_precision_score(fraud, score, sample_weight=weight))


def test_recall_at_a_false_positive_rate_counts_whole_ties_only() -> None:
    score = np.array([0.9, 0.8, 0.8, 0.1, 0.1])
    fraud = np.array([True, True, False, False, True])
    assert recall_at(score, fraud, np.ones(5), 0.4) == pytest.approx(1 / 3)
    assert recall_at(score, fraud, np.ones(5), 0.5) == pytest.approx(2 / 3)


def test_calibration_error_is_the_gap_between_score_and_share() -> None:
    draw = np.random.default_rng(0)
    score = draw.uniform(size=30_000)
    fraud = draw.uniform(size=30_000) < score
    assert calibration_error(score, fraud, np.ones(30_000)) < 0.02
    assert calibration_error(np.full(30_000, 0.7), fraud, np.ones(30_000)) == pytest.approx(0.2, abs=0.02)


def cost(thresholds: Thresholds, case: tuple[np.ndarray, ...], costs: Costs) -> float:
    """What deciding by these thresholds costs, infinite above the cap."""
    score, fraud, weight, amount = case
    total = blocked = 0.0
    for s, bad, w, lost in zip(score, fraud, weight, missed_cost(amount, costs), strict=True):
        if s < thresholds.investigate:
            total += w * lost if bad else 0.0
        elif s < thresholds.block:
            total += w * costs.review
        elif not bad:
            total += w * costs.blocked_good
            blocked += w
    return total if blocked <= costs.max_blocked_legitimate * weight[~fraud].sum() else math.inf


CHEAP = Costs(missed_fraud_least=0.0, missed_fraud_share=0.01, blocked_good=1.0, review=2.0, max_blocked_legitimate=1.0)


@given(scored(), st.sampled_from([Costs(), Costs(max_blocked_legitimate=1.0), Costs(review=0.0, max_blocked_legitimate=0.3), CHEAP]))
@settings(deadline=None)
def test_thresholds_are_the_cheapest_of_all(case: tuple[np.ndarray, ...], costs: Costs) -> None:
    score, fraud, weight, amount = case
    chosen = choose_thresholds(score, fraud, weight, amount, costs)
    assert 0.0 < chosen.investigate <= chosen.block < 1.0
    levels = [0.0, *(np.unique(score) + 0.01)]
    best = min(cost(Thresholds(a, b), case, costs) for a in levels for b in levels if a <= b)
    assert cost(chosen, case, costs) == pytest.approx(best)


def test_calibration_recovers_the_odds_behind_margins_of_any_scale() -> None:
    draw = np.random.default_rng(1)
    logit = draw.normal(-2.0, 2.0, 50_000)
    fraud = draw.uniform(size=50_000) < 1 / (1 + np.exp(-logit))
    found = calibrate(100.0 * logit + 7.0, fraud, np.ones(50_000))
    assert found.logit(100.0 * logit + 7.0) == pytest.approx(logit, abs=0.15)


@given(scored())
@settings(deadline=None)
def test_calibration_is_the_weighted_logistic_regression_on_smoothed_targets(case: tuple[np.ndarray, ...]) -> None:
    margin, fraud, weight, _ = case
    found = calibrate(margin, fraud, weight)
    assert found.slope > 0
    if found.slope < 0.01:  # the margins rank the wrong way round: not regression, but the least slope
        return
    bad, good = weight[fraud].sum(), weight[~fraud].sum()
    x = np.concatenate([margin, margin])[:, None]
    y = np.concatenate([np.ones(len(margin)), np.zeros(len(margin))])
    target = np.where(fraud, (bad + 1) / (bad + 2), 1 / (good + 2))
    oracle = LogisticRegression(C=1e9, tol=1e-9, max_iter=2000).fit(x, y, np.concatenate([weight * target, weight * (1 - target)]))
    assert found.probability(margin) == pytest.approx(oracle.predict_proba(margin[:, None])[:, 1], abs=2e-4)


def test_calibration_keeps_the_order_where_validation_would_turn_it_round() -> None:
    margin = np.array([1.0, 2.0, 3.0, 4.0])
    found = calibrate(margin, np.array([True, True, False, False]), np.ones(4))
    assert np.all(np.diff(found.probability(margin)) > 0)
    assert found.probability(margin).mean() == pytest.approx(0.5, abs=0.01)


def test_calibration_survives_constant_margins() -> None:
    found = calibrate(np.full(10, 3.0), np.arange(10) < 2, np.ones(10))
    assert found.probability(np.array([3.0]))[0] == pytest.approx(0.2, abs=0.15)
