"""Are the reasons the model's own, and what do they cost: trained on one simulated shop, measured on the
flagged events of another.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.artifact.artifact import load_scorer
from gnn.evaluation.faithfulness import REASONS, faithfulness, flagged
from gnn.history.simulated_files import write_simulation
from gnn.history.train_settings import TrainSettings
from gnn.scoring.explainer import Explainer
from gnn.training.training import train
from tests.quality.splits import KEY, report


def measure(events: int, train_seed: int, test_seed: int) -> dict[str, Any]:
    """Per model the figures of `Faithfulness`, and milliseconds per flagged event, in one batch and alone."""
    graph = GraphSettings()
    parser, extractor = EventParser(graph, Pseudonyms(KEY)), FeatureExtractor(graph)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in (train_seed, test_seed):
            write_simulation(events, seed, folder / str(seed))
        for model in ("combined", "gnn", "gbt"):
            train(TrainSettings(model=model), graph, [folder / str(train_seed) / "events.jsonl"], folder / "model", parser, report)
            scorer = load_scorer(folder / "model", graph)
            batch = flagged(scorer, extractor, parser, [folder / str(test_seed) / "events.jsonl"])
            explainer = Explainer(scorer, extractor, REASONS)
            alone = [batch[row : row + 1] for row in range(0, len(batch), max(1, len(batch) // 50))]
            found[model] = {
                **faithfulness(scorer, batch).document(),
                "ms_in_batch": _ms(explainer, [batch], len(batch)),
                "ms_alone": _ms(explainer, alone, len(alone)),
            }
    return found


def _ms(explainer: Explainer, batches: list[Any], events: int) -> float:
    began = time.perf_counter()
    for batch in batches:
        explainer.reasons(batch)
    return 1e3 * (time.perf_counter() - began) / events
