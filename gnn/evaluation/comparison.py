"""Two models on the same events: differences with paired bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.times import DAY_MS
from gnn.card.detection_metrics import Ranking
from gnn.evaluation.costs import decision_costs
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.evaluate import ACCOUNTS_A_DAY, daily_accounts
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.train_settings import Costs

Ints = NDArray[np.int64]
RESAMPLES = 500
INTERVAL = (2.5, 97.5)  # percentiles: a 95% interval
_COST = "cost of the decisions"


@dataclass(frozen=True)
class Difference:
    """One figure of both models; `difference` is the first minus the second, with its 95% interval."""

    figure: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    verdict: str
    """Whether the interval excludes zero, in words."""
    in_money: bool
    """A cost, of which less is better; all others lie in [0, 1]."""

    @property
    def proven(self) -> bool:
        """Return whether the interval excludes zero."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Comparison:
    """Two models on the same events, each difference with its interval over resampled groups of events."""

    first: str
    second: str
    resampled: str
    """`accounts`, or `days` where accounts are unknown."""
    groups: int
    resamples: int
    differences: tuple[Difference, ...]

    def document(self) -> dict[str, object]:
        """Return the comparison as JSON values."""
        return asdict(self)


def compare(
    first: ScoredTruth,
    second: ScoredTruth,
    costs: Costs,
    accounts_a_day: Sequence[int] = ACCOUNTS_A_DAY,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two models by resampling whole accounts, because events of one account are not independent.

    Where accounts are unknown whole days are resampled. Both models see the same resample each time (Efron
    and Tibshirani 1993, percentile interval). Raises `EvaluationError`.
    """
    second = second.like(first)
    group, resampled = _groups(first.rows)
    groups = int(group.max()) + 1
    if groups < 2:
        raise EvaluationError(f"the events are of one of {resampled} only, so that no interval can be had: compare on more of them")
    if first.rows.fraud.all() or not first.rows.fraud.any():
        raise EvaluationError("the events are all of one class, so that there is no ranking: compare on events with and without fraud")
    models = [_Figures(scored.rows, group, costs, accounts_a_day) for scored in (first, second)]
    whole = [model.under(np.ones(groups, np.int64)) for model in models]
    rng = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(models[0].names)))
    for row in drawn:
        copies = np.bincount(rng.integers(groups, size=groups), minlength=groups)
        row[:] = models[0].under(copies) - models[1].under(copies)
    differences = [
        # a resample without any fraud has no figures
        _difference(name, float(a), float(b), column[np.isfinite(column)])
        for name, a, b, column in zip(models[0].names, *whole, drawn.T, strict=True)
    ]
    return Comparison(first.model, second.model, resampled, groups, resamples, tuple(differences))


def _groups(rows: pd.DataFrame) -> tuple[Ints, str]:
    if "account" in rows:
        return rows.account.to_numpy(np.int64), "accounts"
    if "time_ms" not in rows:
        raise EvaluationError("neither accounts nor event times are known, so that there is nothing to resample: give them in the truth")
    day = rows.time_ms.to_numpy() // DAY_MS
    return np.unique(day, return_inverse=True)[1], "days"


class _Figures:
    """The figures of one model under any weights of the groups; means over the folds if there are some."""

    def __init__(self, rows: pd.DataFrame, group: Ints, costs: Costs, accounts_a_day: Sequence[int]) -> None:
        folds = rows.fold.cat.codes.to_numpy() if "fold" in rows else np.zeros(len(rows), np.int8)
        score, fraud = rows.score.to_numpy(), rows.fraud.to_numpy()
        weight = rows.weight.to_numpy(float) if "weight" in rows else np.ones(len(rows))
        parts = (folds == fold for fold in np.unique(folds))
        self._folds = [(group[its], weight[its], Ranking(score[its], fraud[its])) for its in parts]
        self._daily, self._ks = daily_accounts(rows), tuple(accounts_a_day)
        self._cost: NDArray[np.float64] | None = None
        self.names = ["AUC", "average precision", "recall at 1% false positives", "recall at 0.1% false positives"]
        if self._daily:
            self.names += [f"precision at {k} accounts a day" for k in self._ks]
        if "flagged" in rows:
            each = decision_costs(fraud, rows.flagged.to_numpy(), rows.blocked.to_numpy(), rows.amount.to_numpy(), costs)
            self._cost = np.bincount(group, weight * each).astype(np.float64)
            self.names.append(_COST)

    def under(self, copies: Ints) -> NDArray[np.float64]:
        """Return the figures in the order of `names` when each group counts `copies` [groups] times."""
        curves = [ranking.curve(copies[group] * weight) for group, weight, ranking in self._folds]
        ranked = np.mean([(c.auc(), c.average_precision(), c.recall_at(0.01), c.recall_at(0.001)) for c in curves], axis=0)
        found = list(ranked)
        if self._daily:
            found += [self._daily.precision(k, copies) for k in self._ks]
        if self._cost is not None:
            found.append(float(copies @ self._cost))
        return np.array(found)


def _difference(figure: str, first: float, second: float, drawn: NDArray[np.float64]) -> Difference:
    low, high = map(float, np.percentile(drawn, INTERVAL))
    in_money = figure == _COST
    verdict = "zero inside: no evidence"
    if not low <= 0 <= high:
        better = "first" if (low > 0) != in_money else "second"
        verdict = f"zero excluded: {better} is better"
    return Difference(figure, first, second, first - second, low, high, verdict, in_money)
