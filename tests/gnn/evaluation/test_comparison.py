"""Two models on the same events: resamples against copied tables, intervals, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from gnn.card.detection_metrics import recall_at
from gnn.evaluation import Comparison, EvaluationError, ScoredTruth, compare, evaluate_scores, read_scores
from gnn.evaluation.comparison import _Figures
from gnn.evaluation.costs import decision_costs
from gnn.history.train_settings import Costs

COSTS = Costs()
DAY_MS = 86_400_000


def scored(seed: int, skill: float, model: str, events: int = 600) -> ScoredTruth:
    """Random events, the same for every skill; a skilled score tells fraud from others."""
    draw = np.random.default_rng(seed)
    fraud = draw.random(events) < 0.2
    fraud[:2] = True, False
    rows = {
        "fraud": fraud,
        "time_ms": np.sort(draw.integers(0, 10 * DAY_MS, events)),
        "account": draw.integers(0, 80, events),
        "amount": np.where(draw.random(events) < 0.5, np.nan, draw.uniform(1, 500, events)),
    }
    score = np.clip(np.round(draw.random(events) * (1 - skill) + skill * fraud, 2), 0, 1)
    rows |= {"score": score, "flagged": score > 0.5, "blocked": score > 0.8}
    return ScoredTruth(pd.DataFrame(rows), pa.chunked_array([[f"e{number}" for number in range(events)]]), 0, model)


@pytest.mark.parametrize("seed", range(3))
def test_figures_of_a_resample_are_those_of_a_copied_table(seed: int) -> None:
    rows = scored(seed, 0.3, "a").rows
    account = rows.account.to_numpy()
    copies = np.random.default_rng(seed).integers(0, 4, account.max() + 1)
    found = dict(zip((figures := _Figures(rows, account, COSTS, [3])).names, figures.under(copies), strict=True))

    copied = rows.loc[rows.index.repeat(copies[account])]
    one = np.ones(len(copied))
    score, fraud = copied.score.to_numpy(), copied.fraud.to_numpy()
    assert found["AUC"] == pytest.approx(roc_auc_score(fraud, score))
    assert found["average precision"] == pytest.approx(average_precision_score(fraud, score))
    assert found["recall at 1% false positives"] == pytest.approx(recall_at(score, fraud, one, 0.01))
    assert found["recall at 0.1% false positives"] == pytest.approx(recall_at(score, fraud, one, 0.001))
    each = decision_costs(fraud, copied.flagged.to_numpy(), copied.blocked.to_numpy(), copied.amount.to_numpy(), COSTS)
    assert found["cost of the decisions"] == pytest.approx(each.sum())
    # test_gnn_metrics holds it against a copied table
    assert 0 < found["precision at 3 accounts a day"] <= 1


def test_an_event_that_stands_for_two_counts_as_two() -> None:
    rows = scored(3, 0.3, "a").rows
    account = rows.account.to_numpy()
    weight = np.random.default_rng(3).integers(1, 4, len(rows))
    weighed, once = _Figures(rows.assign(weight=weight), account, COSTS, []), np.ones(account.max() + 1, np.int64)
    copied = rows.loc[rows.index.repeat(weight)]
    assert weighed.under(once) == pytest.approx(_Figures(copied, copied.account.to_numpy(), COSTS, []).under(once))


def by_figure(comparison: Comparison) -> dict[str, tuple[float, float, float]]:
    return {row.figure: (row.difference, row.low, row.high) for row in comparison.differences}


def test_a_better_model_is_found_better_from_either_side() -> None:
    good, poor = scored(1, 0.5, "good"), scored(1, 0.1, "poor")
    found = compare(good, poor, COSTS, [5], resamples=200)
    assert (found.first, found.second, found.resampled, found.groups, found.resamples) == ("good", "poor", "accounts", 80, 200)
    for row in found.differences:
        if row.figure in ("AUC", "average precision", "cost of the decisions"):
            assert row.verdict == "zero excluded: first is better"
            assert row.low <= row.difference <= row.high
            assert (row.difference < 0) == row.in_money
    back = compare(poor, good, COSTS, [5], resamples=200)
    assert [row.verdict for row in back.differences[:2]] == ["zero excluded: second is better"] * 2
    assert back.differences[-1].verdict == "zero excluded: second is better"
    assert [row.difference for row in back.differences] == pytest.approx([-row.difference for row in found.differences])


def test_a_model_does_not_differ_from_itself() -> None:
    found = compare(scored(2, 0.2, "a"), scored(2, 0.2, "b"), COSTS, resamples=100)
    assert set(by_figure(found).values()) == {(0.0, 0.0, 0.0)}
    assert {row.verdict for row in found.differences} == {"zero inside: no evidence"}


def test_the_seed_decides_the_resamples() -> None:
    pair = scored(3, 0.3, "a"), scored(3, 0.25, "b")
    assert compare(*pair, COSTS, resamples=100, seed=5) == compare(*pair, COSTS, resamples=100, seed=5)
    assert compare(*pair, COSTS, resamples=100, seed=5) != compare(*pair, COSTS, resamples=100, seed=6)


def test_the_interval_is_as_wide_as_the_spread_over_fresh_accounts() -> None:
    """The bootstrap's interval of a difference in AUC holds the spread of new histories."""
    differences = [by_figure(compare(scored(s, 0.3, "a"), scored(s, 0.2, "b"), COSTS, [5], 1))["AUC"][0] for s in range(100, 160)]
    _, low, high = by_figure(compare(scored(4, 0.3, "a"), scored(4, 0.2, "b"), COSTS, [5], 400))["AUC"]
    assert (high - low) / (2 * 1.96) == pytest.approx(np.std(differences), rel=0.5)


def test_days_are_resampled_where_accounts_are_unknown() -> None:
    first, second = (ScoredTruth(j.rows.drop(columns="account"), j.keys, 0, j.model) for j in (scored(5, 0.4, "a"), scored(5, 0.1, "b")))
    found = compare(first, second, COSTS, resamples=100)
    assert (found.resampled, found.groups) == ("days", 10)
    assert not any("accounts a day" in row.figure for row in found.differences)


def test_a_second_model_in_another_order() -> None:
    first, second = scored(6, 0.4, "a"), scored(6, 0.1, "b")
    order = np.random.default_rng(0).permutation(len(second.rows))
    shuffled = ScoredTruth(second.rows.iloc[order].reset_index(drop=True), second.keys.take(pa.array(order)), 0, "b")
    assert compare(first, shuffled, COSTS, resamples=100) == compare(first, second, COSTS, resamples=100)


def test_what_cannot_be_compared_is_refused() -> None:
    first = scored(7, 0.4, "a")
    other = ScoredTruth(first.rows[:599], first.keys.slice(0, 599), 0, "b")
    with pytest.raises(EvaluationError, match=r"different events \(599 common, 1 and 0 others\)"):
        compare(first, other, COSTS)
    with pytest.raises(EvaluationError, match=r"different events \(599 common, 0 and 1 others\)"):
        compare(other, first, COSTS)
    with pytest.raises(EvaluationError, match="the labels of 1 events differ"):
        compare(first, ScoredTruth(first.rows.assign(fraud=first.rows.fraud ^ (first.rows.index == 9)), first.keys, 0, "b"), COSTS)
    with pytest.raises(EvaluationError, match="all of one class"):
        compare(innocent := ScoredTruth(first.rows.assign(fraud=False), first.keys, 0, "a"), innocent, COSTS)
    with pytest.raises(EvaluationError, match="one of accounts only"):
        compare(lonely := ScoredTruth(first.rows.assign(account=0), first.keys, 0, "a"), lonely, COSTS)
    bare = ScoredTruth(first.rows.drop(columns=["account", "time_ms"]), first.keys, 0, "a")
    with pytest.raises(EvaluationError, match="neither accounts nor event times are known"):
        compare(bare, bare, COSTS)


def scores_file(path: Path, seed: int, skill: float, **changed: object) -> Path:
    draw, n = np.random.default_rng(0), 900
    label = (draw.random(n) < 0.2).astype(int)
    columns: dict[str, object] = {
        "fold": np.repeat(["2026-02-01", "2026-01-01", "2026-03-01"], 300),
        "event_id": [f"e{number % 450}" for number in range(n)],  # an event may be in two folds
        "event_time": 1_767_571_579_550 + draw.integers(0, 14 * DAY_MS, n),
        "score": np.round(np.random.default_rng(seed).random(n) * (1 - skill) + skill * label, 3),
        "label": label,
    }
    pq.write_table(pa.table(columns | changed), path)
    return path


def test_scores_of_a_backtest_by_fold(tmp_path: Path) -> None:
    path = scores_file(tmp_path / "trees.parquet", 1, 0.2)
    found, table = evaluate_scores(read_scores(path)), pd.read_parquet(path)
    assert [fold.fold for fold in found.folds] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert found.model == "trees"
    for fold in found.folds:
        part = table[table.fold == fold.fold]
        one, label = np.ones(len(part)), part.label.to_numpy() == 1
        assert (fold.events, fold.frauds) == (300, part.label.sum())
        assert fold.ranking.auc == pytest.approx(roc_auc_score(part.label, part.score))
        assert fold.ranking.average_precision == pytest.approx(average_precision_score(part.label, part.score))
        assert fold.ranking.recall_at_1pct_fpr == recall_at(part.score.to_numpy(), label, one, 0.01)
        assert fold.recall_at_01pct_fpr == recall_at(part.score.to_numpy(), label, one, 0.001)
    assert found.mean.ranking.average_precision == pytest.approx(np.mean([fold.ranking.average_precision for fold in found.folds]))
    assert (found.mean.events, found.mean.frauds) == (900, table.label.sum())


def test_two_backtests_are_compared_by_their_means_over_folds(tmp_path: Path) -> None:
    first, second = (read_scores(scores_file(tmp_path / f"{skill}.parquet", 1, skill)) for skill in (0.5, 0.1))
    found = compare(first, second, COSTS, resamples=100)
    ap = found.differences[1]
    assert found.resampled == "days"
    assert (ap.first, ap.second) == pytest.approx([evaluate_scores(j).mean.ranking.average_precision for j in (first, second)])
    assert ap.verdict == "zero excluded: first is better"


def test_scores_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"

    def refused(**changed: object) -> str:
        if changed:
            scores_file(path, 1, 0.2, **changed)
        with pytest.raises(EvaluationError) as caught:
            read_scores(path)
        return str(caught.value)

    assert "is not a readable Parquet file of scores" in refused()
    path.write_text("fold,score\n")
    assert "is not a readable Parquet file of scores" in refused()
    assert "column label must be 0 or 1" in refused(label=[2] * 900)
    assert "column label has rows without a value" in refused(label=[None] * 900)
    assert "column score must lie between 0 and 1" in refused(score=[1.5] * 900)
    assert "column score must lie between 0 and 1" in refused(score=[float("nan")] * 900)
    assert "scores an event twice in a fold" in refused(event_id=["e"] * 900)
    assert "fold 2026-01-01 has only legitimate events; leave it out" in refused(label=[0, 1] * 150 + [0] * 300 + [0, 1] * 150)
    pq.write_table(pq.read_table(path).drop_columns(["fold"]), path)
    assert "has no column fold: is it what ringwatch backtest wrote?" in refused()
