"""The simulated shop: train on one seed, score others; ranking, rings, innocent sharers, calibration,
reasons' cost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.artifact.artifact import load_scorer
from gnn.evaluation import evaluate
from gnn.history.replay import Replay
from gnn.history.simulated_files import write_simulation
from gnn.history.train_settings import TrainSettings
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from gnn.training.training import train
from tests.quality.splits import KEY, report

WARM_UP_MS = 14 * 86_400_000

# the last row is what a table without a graph knows: the account's own history
ROWS = {
    "combined": (GraphSettings(), "combined"),
    "gnn": (GraphSettings(), "gnn"),
    "gbt": (GraphSettings(), "gbt"),
    "gbt, accounts only": (GraphSettings(entities=("account",)), "gbt"),
}


def measure(events: int, train_seed: int, test_seeds: Sequence[int]) -> dict[str, Any]:
    """Per row of `ROWS` and test seed the figures of `evaluate`, with those of the segments from the third
    week on beside them.
    """
    found: dict[str, Any] = {}
    pseudonyms = Pseudonyms(KEY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in (train_seed, *test_seeds):
            write_simulation(events, seed, folder / str(seed))
        for row, (graph, model) in ROWS.items():
            parser, artifact = EventParser(graph, pseudonyms), folder / "model"
            settings = replace(TrainSettings(), model=model)
            train(settings, graph, [folder / str(train_seed) / "events.jsonl"], artifact, parser, report)
            for seed in test_seeds:
                decider = Decider(graph, load_scorer(artifact, graph), PolicySettings(), pseudonyms)
                decisions = folder / "decisions.jsonl"
                score_files(Replay(graph, parser), decider, [folder / str(seed) / "events.jsonl"], decisions)
                truth = folder / str(seed) / "truth.parquet"
                figures = evaluate(decisions, truth).document()
                figures["settled_segments"] = evaluate(decisions, truth, from_ms=_third_week(truth)).document()["segments"]
                found.setdefault(row, {})[str(seed)] = figures
    return found


def _third_week(truth: Path) -> int:
    """When an empty state has met the shop's regulars, in ms since 1970."""
    return int(pd.read_parquet(truth, columns=["event_time"]).event_time.min()) + WARM_UP_MS
