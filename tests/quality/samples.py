"""Two small public sets, the first 80% in time to learn from and the last 20% to score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from domain.graph import GraphSettings
from gnn.card.detection_metrics import auc, recall_at
from gnn.history.train_settings import TrainSettings
from gnn.training.backtest import Candidate, Fold
from tests.quality.splits import imported, scored

SETS = {
    "AWS registrations": ("aws_registration", "aws-samples/registration_20k.parquet", GraphSettings(entities=("account", "ip"))),
    "fraud e-commerce": (
        "fraudecom",
        "fraudecom/fraud_data_first51689.parquet",
        GraphSettings(
            entities=("account", "device", "ip"), numeric_attributes=("age",), categorical_attributes=("source", "browser", "sex")
        ),
    ),
}
LABEL_DELAY_S = 7 * 86_400.0


def measure(data: Path, models: tuple[str, ...], seeds: range) -> dict[str, Any]:
    """AUC and recall at 1% false positives per set and model, mean over the seeds."""
    found: dict[str, Any] = {}
    for name, (mapping, table, graph) in SETS.items():
        with imported(mapping, data / table) as events:
            candidates = {f"{model} {seed}": Candidate(TrainSettings(model=model, seed=seed), Path()) for model in models for seed in seeds}
            scores = scored(events, graph, [_last_fifth(events)], candidates)
        for model in models:
            figures = [_figures(*scores[f"{model} {seed}"].values()) for seed in seeds]
            found.setdefault(name, {})[model] = {key: float(np.mean([figure[key] for figure in figures])) for key in figures[0]}
    return found


def _last_fifth(events: Path) -> Fold:
    """The fold whose test period are the last fifth of the events; labels older than the delay are known."""
    with events.open(encoding="utf-8") as lines:
        times = [line["event_time"] for line in map(json.loads, lines) if line["event_type"] != "label"]
    when = np.sort(np.array(times))
    begin, middle, end = int(when[0]), int(when[int(0.8 * len(when))]), int(when[-1]) + 1
    return Fold("last fifth", begin, middle - round(LABEL_DELAY_S * 1000), middle, end)


def _figures(scores: Any) -> dict[str, float]:
    weight = np.ones(len(scores.score))
    return {
        "auc": auc(scores.score, scores.fraud, weight),
        "recall at 1%": recall_at(scores.score, scores.fraud, weight, 0.01),
        "events": float(len(weight)),
        "frauds": float(scores.fraud.sum()),
    }
