"""The Fraud Detection Handbook's prequential test (its chapters 5 and 7) over our models.

Train on a week, wait a week for its labels, test on the week after; four folds. Cards known to be
compromised are left out of the test: those with a fraud in the training week, and on test day i those with
one on the first i days of the delay week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.graph import GraphSettings
from gnn.card.detection_metrics import auc, average_precision
from gnn.evaluation import card_precision
from gnn.history.train_settings import TrainSettings
from gnn.training.backtest import Candidate, Fold
from tests.quality.splits import DAY_S, Scores, imported, scored

TABLE = "handbook/transactions.parquet"
FOLDS = ("2018-07-25", "2018-08-01", "2018-08-08", "2018-08-15")
GRAPH = GraphSettings(entities=("account", "merchant"))
WEEK = pd.Timedelta(days=7)


def measure(data: Path, models: Sequence[str], seeds: Sequence[int], keep: Path | None = None) -> dict[str, Any]:
    """Per model and seed the figures of each fold; `keep` is a folder for the scores as the book's own
    tables name them.
    """
    candidates = {f"{model} {seed}": Candidate(TrainSettings(model=model, seed=seed), Path()) for model in models for seed in seeds}
    found: dict[str, Any] = {}
    for name, by_fold in run(data, candidates, keep).items():
        model, seed = name.split(" ")
        found.setdefault(model, {})[seed] = by_fold
    return found


def run(data: Path, candidates: Mapping[str, Candidate], keep: Path | None = None) -> dict[str, Any]:
    """Candidate -> fold -> figures."""
    table = pd.read_parquet(data / TABLE)
    rows = {day: test_week(table, pd.Timestamp(day)) for day in FOLDS}
    with imported("handbook", data / TABLE) as events:
        folds = [Fold.of(day, round(pd.Timestamp(day).timestamp() * 1000), 7 * DAY_S, 7 * DAY_S, 7 * DAY_S) for day in FOLDS]
        scores = scored(events, GRAPH, folds, candidates)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        for name, by_fold in scores.items():
            parts = [pd.DataFrame({"fold": day, "TRANSACTION_ID": s.event_id.astype(int), "score": s.score}) for day, s in by_fold.items()]
            pd.concat(parts).to_parquet(keep / f"{name.replace(' ', '-')}.parquet")
    return {name: {day: _figures(rows[day], by_fold[day]) for day in FOLDS} for name, by_fold in scores.items()}


def test_week(table: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The rows of the fold's test week that the protocol keeps."""
    day = table.TX_DATETIME.dt.normalize()
    frauds = table.TX_FRAUD == 1
    known = set(table.CUSTOMER_ID[frauds & (day >= start) & (day < start + WEEK)])
    kept = []
    for number in range(7):
        if number:
            known |= set(table.CUSTOMER_ID[frauds & (day == start + WEEK + pd.Timedelta(days=number - 1))])
        today = table[day == start + 2 * WEEK + pd.Timedelta(days=number)]
        kept.append(today[~today.CUSTOMER_ID.isin(known)])
    return pd.concat(kept)


def _figures(rows: pd.DataFrame, scores: Scores) -> dict[str, float]:
    score = pd.Series(scores.score, scores.event_id.astype(np.int64)).loc[rows.TRANSACTION_ID].to_numpy()
    fraud, weight = (rows.TX_FRAUD == 1).to_numpy(), np.ones(len(rows))
    day = rows.TX_DATETIME.dt.normalize().astype("int64").to_numpy()
    return {
        "auc": auc(score, fraud, weight),
        "ap": average_precision(score, fraud, weight),
        "cp100": card_precision(score, fraud, day, rows.CUSTOMER_ID.to_numpy(), 100),
    }
