"""Intervals against brute force: how often they hold what they should hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn.evaluation.calibration_table import LEAST_EVENTS, calibrated_bins
from gnn.evaluation.intervals import share_interval, sum_interval


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (180, 222, 0.7541, 0.8570)],
)
def test_wilson_by_table(hits: int, of: int, low: float, high: float) -> None:
    found = share_interval(hits, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=2e-3)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_shares_are_covered(share: float) -> None:
    hits = np.random.default_rng(1).binomial(150, share, 3000)
    held = [share_interval(int(hit), 150).low <= share <= share_interval(int(hit), 150).high for hit in hits]
    assert 0.92 < np.mean(held) < 0.985


def test_sums_are_covered_and_events_of_one_account_count_as_one() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(200), 5)
    held, narrow = [], []
    for _ in range(1500):
        value = np.repeat(rng.exponential(3.0, 200), 5)  # whole accounts cost alike
        held.append(sum_interval(value, group).low <= 3000.0 <= sum_interval(value, group).high)
        narrow.append(sum_interval(value).low <= 3000.0 <= sum_interval(value).high)
    assert 0.92 < np.mean(held) < 0.97
    assert np.mean(narrow) < 0.75


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_groups_of_similar_scores_hold_every_event_once(rows: list[tuple[float, bool]]) -> None:
    score, fraud = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    groups = calibrated_bins(score, fraud)
    assert (sum(group.events for group in groups), sum(group.frauds for group in groups)) == (len(rows), fraud.sum())
    assert (groups[0].from_score, groups[-1].until_score) == (0.0, 1.0)
    assert all(one.until_score == after.from_score for one, after in pairwise(groups))
    assert all(group.events >= LEAST_EVENTS for group in groups) or len(groups) == 1
    for group in groups:
        its = (score >= group.from_score) & ((score < group.until_score) | (group.until_score == 1.0))
        assert (group.events, group.frauds) == (its.sum(), fraud[its].sum())
        assert group.score == pytest.approx(score[its].mean())
