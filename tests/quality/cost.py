"""What a score costs: features and forward pass per event in batches of several sizes, the whole replay with
each model.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.history.simulated_files import write_simulation
from gnn.history.train_settings import TrainSettings
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from gnn.scoring.scorer import Scorer
from gnn.training.training import train
from tests.quality.splits import KEY, report

BATCHES = (1, 32, 1024)
ROWS = 1024


def measure(events: int, seed: int) -> dict[str, Any]:
    """Per model microseconds per event for features and forward pass by size of the batch, and events per
    second of a replay.
    """
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY)
    parser, extractor = EventParser(graph, pseudonyms), FeatureExtractor(graph)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_simulation(events, seed, folder)
        history = folder / "events.jsonl"
        trails = [trail for _, trail in Replay(graph, parser).run([history])][-ROWS:]
        for model in ("combined", "gnn", "gbt"):
            train(TrainSettings(model=model), graph, [history], folder / "model", parser, report)
            scorer = load_scorer(folder / "model", graph)
            found[model] = _forward(scorer, extractor, trails)
            began = time.perf_counter()
            decider = Decider(graph, scorer, PolicySettings(), pseudonyms)
            decided = score_files(Replay(graph, parser), decider, [history], folder / "decisions.jsonl").total()
            found[model]["replay"] = decided / (time.perf_counter() - began)
        found["features"] = {str(size): _per_event_us(extractor.extract, _pieces(trails, size)) for size in BATCHES}
    return found


def _forward(scorer: Scorer, extractor: FeatureExtractor, trails: Sequence[bytes]) -> dict[str, float]:
    return {str(size): _per_event_us(scorer.score, [extractor.extract(piece) for piece in _pieces(trails, size)]) for size in BATCHES}


def _pieces(trails: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    return [trails[start : start + size] for start in range(0, ROWS, size)]


def _per_event_us(work: Callable[[Any], object], pieces: Sequence[Any]) -> float:
    """The best of three rounds over all pieces, after one that does not count."""
    best = float("inf")
    for number in range(4):
        began = time.perf_counter()
        for piece in pieces:
            work(piece)
        best = min(best, time.perf_counter() - began) if number else best
    return 1e6 * best / ROWS
