"""Scores of a backtest: figures per fold and their mean."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn.card.detection_metrics import Metrics, measure
from gnn.evaluation.columns import has_duplicates
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.scored_truth import ScoredTruth

_COLUMNS = {"fold": pa.string(), "event_id": pa.string(), "event_time": pa.int64(), "score": pa.float64(), "label": pa.int64()}


@dataclass(frozen=True)
class FoldFigures:
    """One fold's test period, or the mean over the folds (whose counts are sums)."""

    fold: str
    events: int
    frauds: int
    ranking: Metrics
    recall_at_01pct_fpr: float


@dataclass(frozen=True)
class ScoreEvaluation:
    """The figures of a backtest: per fold, and their mean."""

    model: str
    folds: tuple[FoldFigures, ...]
    mean: FoldFigures

    def document(self) -> dict[str, object]:
        """Return the figures as JSON values."""
        return asdict(self)


def read_scores(path: Path) -> ScoredTruth:
    """Read the table that `ringwatch backtest` writes. Raises `EvaluationError`.

    Its columns are fold, event_id, event_time (ms), score and label (0 or 1).
    """
    table = _read(path)
    label, score = table["label"].to_numpy(), table["score"].to_numpy()
    if not np.isin(label, (0, 1)).all():
        raise EvaluationError(f"{path}: column label must be 0 or 1 in every row")
    if not np.all((score >= 0) & (score <= 1)):
        raise EvaluationError(f"{path}: column score must lie between 0 and 1 in every row; scale the scores of other programs")
    keys = pc.binary_join_element_wise(table["fold"], table["event_id"], "\0")
    if has_duplicates(keys):
        raise EvaluationError(f"{path} scores an event twice in a fold: is it the output of several runs?")
    fold = table["fold"].dictionary_encode().to_pandas()
    rows = pd.DataFrame({"score": score, "fraud": label == 1, "time_ms": table["event_time"].to_numpy(), "fold": fold})
    for name, part in rows.groupby("fold", observed=True):
        if part.fraud.all() or not part.fraud.any():
            raise EvaluationError(f"{path}: fold {name} has only {'frauds' if part.fraud.all() else 'legitimate events'}; leave it out")
    return ScoredTruth(rows, keys, 0, path.stem)


def evaluate_scores(scored: ScoredTruth) -> ScoreEvaluation:
    """Return the figures of each fold and their mean."""
    parts = [_figures(str(name), part) for name, part in scored.rows.groupby("fold", observed=True, sort=True)]
    metrics = (np.mean([getattr(part.ranking, name) for part in parts]) for name in Metrics.__dataclass_fields__)
    mean = FoldFigures(
        fold="mean",
        events=sum(part.events for part in parts),
        frauds=sum(part.frauds for part in parts),
        ranking=Metrics(*map(float, metrics)),
        recall_at_01pct_fpr=float(np.mean([part.recall_at_01pct_fpr for part in parts])),
    )
    return ScoreEvaluation(scored.model, tuple(sorted(parts, key=lambda part: part.fold)), mean)


def _read(path: Path) -> pa.Table:
    try:
        missing = [name for name in _COLUMNS if name not in pq.read_schema(path).names]
        if missing:
            raise EvaluationError(f"{path} has no column {missing[0]}: is it what ringwatch backtest wrote?")
        table = pq.read_table(path, columns=list(_COLUMNS)).select(list(_COLUMNS)).cast(pa.schema(list(_COLUMNS.items())))
    except EvaluationError:
        raise
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} is not a readable Parquet file of scores: {error}") from None
    empty = next((name for name in _COLUMNS if table[name].null_count), None)
    if empty or not len(table):
        raise EvaluationError(f"{path}: column {empty} has rows without a value" if empty else f"{path} holds no scores")
    return table


def _figures(name: str, part: pd.DataFrame) -> FoldFigures:
    score, fraud, one = part.score.to_numpy(), part.fraud.to_numpy(), np.ones(len(part))
    metrics = measure(score, fraud, one)
    return FoldFigures(name, len(part), int(fraud.sum()), metrics, metrics.recall_at_01pct_fpr)
