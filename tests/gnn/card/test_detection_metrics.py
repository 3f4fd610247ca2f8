"""Metrics against scikit-learn, thresholds against brute force, calibration against known odds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from gnn.card.calibration import calibrate, fraud_chance
from gnn.card.detection_metrics import Metrics, Ranking, auc, average_precision, calibration_error, measure, recall_at
from gnn.card.thresholds import Thresholds, choose_thresholds, expected, missed_cost
from gnn.evaluation import card_precision
from gnn.evaluation.costs import cost_curve, cost_summary
from gnn.evaluation.daily_precision import DailyAccounts
from gnn.history.train_settings import Costs

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


@given(scored(), st.sampled_from([0.0, 0.001, 0.01, 0.25, 0.5, 1.0]))
@settings(deadline=None)
def test_recall_at_is_the_best_of_all_thresholds(case: tuple[np.ndarray, ...], rate: float) -> None:
    score, fraud, weight, _ = case
    allowed = [t for t in (*score, 2.0) if weight[~fraud & (score >= t)].sum() <= rate * weight[~fraud].sum()]
    best = max(weight[fraud & (score >= t)].sum() for t in allowed) / weight[fraud].sum()
    assert recall_at(score, fraud, weight, rate) == pytest.approx(best)


@given(scored(), st.data())
@settings(deadline=None)
def test_weights_of_zero_leave_events_out(case: tuple[np.ndarray, ...], data: st.DataObject) -> None:
    score, fraud, weight, _ = case
    kept = data.draw(arrays(np.bool_, len(score)))
    kept[:2] = True
    curve = Ranking(score, fraud).curve(np.where(kept, weight, 0.0))
    found = curve.auc(), curve.average_precision(), curve.recall_at(0.3)
    part = score[kept], fraud[kept], weight[kept]
    assert found == pytest.approx((auc(*part), average_precision(*part), recall_at(*part, 0.3)))


def test_figures_without_weight_in_a_class_are_not_numbers() -> None:
    curve = Ranking(np.array([0.1, 0.9]), np.array([True, False])).curve(np.array([1.0, 0.0]))
    assert np.isnan([curve.auc(), curve.average_precision(), curve.recall_at(0.01)]).all()


@given(scored())
@settings(deadline=None)
def test_all_metrics_at_once_are_those_one_by_one(case: tuple[np.ndarray, ...]) -> None:
    score, fraud, weight, _ = case
    rated = score, fraud, weight
    recalls = (recall_at(*rated, share) for share in (0.01, 0.001))
    expected = Metrics(auc(*rated), average_precision(*rated), *recalls, calibration_error(*rated))
    assert measure(*rated) == expected


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


def hidden_fraud(known: float, events: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(margin, fraud, labelled) where a share `known` of the frauds has a label; the margin is a tenth of
    the logit of fraud.
    """
    draw = np.random.default_rng(3)
    logit = np.where(draw.uniform(size=events) < 0.05, 3.0, -5.0) + draw.normal(0.0, 1.5, events)
    fraud = draw.uniform(size=events) < 1.0 / (1.0 + np.exp(-logit))
    return logit / 10.0, fraud, fraud & (draw.uniform(size=events) < known)


def test_fraud_without_a_label_is_counted_by_its_chance() -> None:
    margin, fraud, labelled = hidden_fraud(0.75)
    one = np.ones(len(fraud))
    chance = fraud_chance(margin, labelled, one, 0.75 * one)
    hidden = ~labelled
    assert np.all(chance[labelled] == 1.0)
    assert chance.sum() == pytest.approx(fraud.sum(), rel=0.04) and labelled.sum() < 0.8 * fraud.sum()
    assert calibration_error(chance[hidden], fraud[hidden], one[hidden]) < 0.005
    assert np.array_equal(fraud_chance(margin, labelled, one, one), labelled)


def test_the_chance_of_an_event_without_a_label_is_bayes_rule() -> None:
    """At the fixed point of the maximisation, by the probability that the chances themselves give."""
    margin, _, labelled = hidden_fraud(0.6, events=3000)
    weight, known = np.random.default_rng(1).uniform(0.5, 2.0, 3000), np.random.default_rng(2).uniform(0.5, 0.9, 3000)
    chance = fraud_chance(margin, labelled, weight, known)
    twice = np.tile(margin, 2), np.arange(6000) < 3000, np.concatenate([weight * chance, weight * (1.0 - chance)])
    p = calibrate(*twice).probability(margin)
    assert chance == pytest.approx(np.where(labelled, 1.0, p * (1.0 - known) / (p * (1.0 - known) + 1.0 - p)), abs=2e-3)


def test_hidden_fraud_no_longer_keeps_blocking_too_careful() -> None:
    """The cap holds in truth, and more of the fraud is blocked than when what has no label counts as
    legitimate.
    """
    margin, fraud, labelled = hidden_fraud(0.75)
    one, amount = np.ones(len(fraud)), np.full(len(fraud), 60.0)
    score = calibrate(margin, labelled, one).probability(margin)
    recalls = []
    for known in (1.0, 0.75):
        at = choose_thresholds(score, fraud_chance(margin, labelled, one, known * one), one, amount, Costs())
        assert (score >= at.block)[~fraud].mean() <= 0.001
        recalls.append((score >= at.block)[fraud].mean())
    assert recalls[1] > 1.5 * recalls[0] > 0.0


@given(scored(), st.sampled_from([Costs(), CHEAP]))
@settings(deadline=None)
def test_what_is_expected_of_the_thresholds_by_hand(case: tuple[np.ndarray, ...], costs: Costs) -> None:
    score, fraud, weight, amount = case
    at = Thresholds(float(np.median(score)), float(score.max()))
    found = expected(score, fraud, fraud.astype(float), weight, amount, costs, at)
    free = replace(costs, max_blocked_legitimate=1.0)
    assert found.cost_per_1000 == pytest.approx(1000.0 * cost(at, case, free) / weight.sum())
    never = Thresholds(2.0, 2.0)
    assert found.cost_per_1000_approving_all == pytest.approx(1000.0 * cost(never, case, free) / weight.sum())
    assert found.labelled_share == 1.0 and found.fraud_share == pytest.approx(np.average(fraud, weights=weight))
    assert found.blocked_fraud == pytest.approx(np.average(score[fraud] >= at.block, weights=weight[fraud]))
    assert found.flagged == pytest.approx(np.average(score >= at.investigate, weights=weight))


@given(scored(), st.sampled_from([Costs(), CHEAP]))
@settings(deadline=None)
def test_cost_curve_by_counting(case: tuple[np.ndarray, ...], costs: Costs) -> None:
    score, fraud, weight, amount = case
    found = cost_curve(score, fraud, weight, amount, costs)
    assert np.all(np.diff(found.threshold) > 0)
    assert (found.threshold[0], found.threshold[-1]) == (score.min(), score.max())
    anything = Costs(costs.missed_fraud_share, costs.missed_fraud_least, costs.blocked_good, costs.review, 1.0)
    for t, reviewing, blocking in zip(found.threshold, found.reviewing, found.blocking, strict=True):
        assert reviewing == pytest.approx(cost(Thresholds(t, 2.0), case, anything))
        assert blocking == pytest.approx(cost(Thresholds(t, t), case, anything))


@given(scored(), st.sampled_from([Costs(), CHEAP]))
@settings(deadline=None)
def test_cost_summary_by_counting(case: tuple[np.ndarray, ...], costs: Costs) -> None:
    score, fraud, _, amount = case
    one = score, fraud, np.ones(len(score)), amount
    found = cost_summary(score, fraud, score >= 0.35, score >= 0.65, amount, costs)
    # decisions may be above the cap
    cap = costs if found.least < found.decided else replace(costs, max_blocked_legitimate=1.0)
    assert found.least == pytest.approx(cost(Thresholds(found.least_investigate_at, found.least_block_at), one, cap))
    assert found.approve_all == pytest.approx(missed_cost(amount, costs)[fraud].sum())
    blocked_good = int((~fraud & (score >= 0.65)).sum())
    reviews = int(((score >= 0.35) & (score < 0.65)).sum())
    missed = missed_cost(amount, costs)[fraud & (score < 0.35)].sum()
    assert found.decided == pytest.approx(missed + reviews * costs.review + blocked_good * costs.blocked_good)
    assert found.least <= found.decided


def test_decisions_that_block_more_than_the_cap_may_still_be_the_cheapest() -> None:
    """Nine frauds and one legitimate event at a score that is blocked: cheaper than to review, but above the
    cap.
    """
    score, fraud = np.array([0.9] * 10 + [0.1] * 90), np.array([True] * 9 + [False] * 91)
    found = cost_summary(score, fraud, score > 0.5, score > 0.5, np.full(100, 500.0), Costs())
    assert found.decided == Costs().blocked_good
    assert (found.least, found.least_investigate_at, found.least_block_at) == (found.decided, 0.9, 0.9)


History = list[tuple[float, bool, int, int]]
"""(score, fraud, day, account) of each event."""
HISTORIES = st.lists(
    st.tuples(st.integers(0, 5).map(lambda tenths: tenths / 10), st.booleans(), st.integers(100, 103), st.integers(0, 6)), min_size=1
)


def slow_card_precision(events: History, k: int) -> float:
    """Day by day with dictionaries; among equal scores the earlier event first."""
    detected: set[int] = set()
    daily = []
    for today in sorted({day for _, _, day, _ in events}):
        best: dict[int, tuple[float, int]] = {}
        bad: set[int] = set()
        for number, (score, fraud, day, account) in enumerate(events):
            if day == today and account not in detected:
                best[account] = min(best.get(account, (9.0, 0)), (-score, number))
                bad |= {account} if fraud else set()
        top = sorted(best, key=best.__getitem__)[:k]
        daily.append(sum(account in bad for account in top) / k)
        detected |= bad & set(top)
    return sum(daily) / len(daily)


def columns(events: History) -> tuple[np.ndarray, ...]:
    score, fraud, day, account = zip(*events, strict=True)
    return np.array(score), np.array(fraud), np.array(day), np.array(account)


@given(HISTORIES, st.integers(1, 8))
@settings(deadline=None)
def test_card_precision_day_by_day(events: History, k: int) -> None:
    assert card_precision(*columns(events), k) == pytest.approx(slow_card_precision(events, k))


@given(HISTORIES, st.integers(1, 8), st.lists(st.integers(0, 3), min_size=7, max_size=7))
@settings(deadline=None)
def test_card_precision_of_copies_is_that_of_a_copied_table(events: History, k: int, copies: list[int]) -> None:
    copied = [(score, fraud, day, account * 10 + copy) for score, fraud, day, account in events for copy in range(copies[account])]
    lost_days = {day for _, _, day, _ in events} - {day for _, _, day, _ in copied}
    copied += [(0.0, False, day, 99) for day in lost_days]  # a day without any account left is still a day
    score, fraud, day, account = columns(events)
    found = DailyAccounts(score, fraud, day, account).precision(k, np.array(copies[: account.max() + 1]))
    assert found == pytest.approx(slow_card_precision(copied, k))


def test_card_precision_by_hand() -> None:
    """Account 1 is found on the first day and dropped on the second, where account 2 takes its place."""
    events = [(0.9, True, 1, 1), (0.8, False, 1, 2), (0.9, True, 2, 1), (0.2, True, 2, 2), (0.1, False, 2, 3)]
    assert card_precision(*columns(events), 1) == 1.0
    assert card_precision(*columns(events), 2) == 0.5


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
