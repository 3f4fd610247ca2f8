"""The default model in simulated shops that it has not seen."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.evaluation.evaluate import evaluate_rows
from gnn.evaluation.scored_truth import join_truth
from gnn.history.replay import Replay
from gnn.history.simulated_files import write_simulation
from gnn.history.train_settings import Costs
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from tests.quality.simulated import WARM_UP_MS
from tests.quality.splits import KEY


def measure(events: int, seeds: Sequence[int]) -> dict[str, Any]:
    """Per seed the figures of `evaluate`, with the segments of the first two weeks beside them."""
    return {str(seed): _measure(events, seed) for seed in seeds}


def _measure(events: int, seed: int) -> dict[str, Any]:
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY)
    decider = Decider(graph, load_scorer(Path(PRETRAINED), graph), PolicySettings(), pseudonyms)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_simulation(events, seed, folder)
        decisions, replay = folder / "decisions.jsonl", Replay(graph, EventParser(graph, pseudonyms))
        score_files(replay, decider, [folder / "events.jsonl"], decisions)
        scored = join_truth(decisions, folder / "truth.parquet")
    rows = scored.rows
    first_weeks = replace(scored, rows=rows[rows.time_ms < rows.time_ms.min() + WARM_UP_MS])
    early = evaluate_rows(first_weeks, Costs()).document()["segments"]
    return {**evaluate_rows(scored, Costs()).document(), "early_segments": early}
