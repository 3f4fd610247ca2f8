"""Are the reasons the model's own? What they name is taken away, and as much else for comparison.

python -m gnn.evaluation.faithfulness --model gnn/pretrained/default --events events.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.extractor import FeatureBatch, FeatureExtractor
from gnn.artifact.artifact import load_scorer, read_card
from gnn.card.card import ArtifactError
from gnn.evaluation.errors import EvaluationError
from gnn.history.dataset import EXTRACT_ROWS
from gnn.history.replay import Replay
from gnn.scoring.explainer import strongest
from gnn.scoring.scorer import Scorer

DRAWS = 5
REASONS = 4
MOST_FLAGGED = 1000


@dataclass(frozen=True)
class Faithfulness:
    """Means over flagged events; drops are of the logit of the score, towards what is usual."""

    model: str
    events: int
    reasons: float
    """Feature groups named per event."""
    named_drop: float
    """When all that the reasons name is taken away at once."""
    random_drop: float
    """When as many feature groups are, drawn from the others."""
    named_above_random: float
    """Share of the events (and draws) in which the first is the larger."""
    decision_lost: float
    """Share of the events that are no longer flagged without the named evidence."""
    decision_lost_at_random: float

    def document(self) -> dict[str, object]:
        """Return the figures as JSON values."""
        return asdict(self)


def faithfulness(
    scorer: Scorer, batch: FeatureBatch, most: int = REASONS, draws: int = DRAWS, seed: int = 0, investigate_at: float | None = None
) -> Faithfulness:
    """Measure the reasons of B flagged events.

    Where fewer groups are left than were named, all the others are drawn.
    """
    named = strongest(scorer.explain(batch), most)
    threshold = scorer.card.thresholds.investigate if investigate_at is None else investigate_at
    rng = np.random.default_rng(seed)
    whole = _logits(scorer, batch, [[] for _ in named])
    without = _logits(scorer, batch, named)
    at_random = np.stack([_logits(scorer, batch, _others(rng, named, len(scorer.groups))) for _ in range(draws)])
    limit = float(np.log(threshold / (1.0 - threshold)))
    return Faithfulness(
        model=scorer.card.model_id,
        events=len(batch),
        reasons=float(np.mean([len(groups) for groups in named])),
        named_drop=float((whole - without).mean()),
        random_drop=float((whole - at_random).mean()),
        named_above_random=float((without < at_random).mean()),
        decision_lost=float((without < limit).mean()),
        decision_lost_at_random=float((at_random < limit).mean()),
    )


def flagged(
    scorer: Scorer, extractor: FeatureExtractor, parser: EventParser, files: Sequence[Path], most: int = MOST_FLAGGED
) -> FeatureBatch:
    """Return flagged events of a replayed history: all, or evenly spaced ones if there are more than `most`.

    Raises `EvaluationError` where there is none.
    """
    found: list[bytes] = []
    trails = (trail for _, trail in Replay(extractor.graph, parser).run(files))
    for part in _parts(trails):
        rows = np.flatnonzero(scorer.score(extractor.extract(part)) >= scorer.card.thresholds.investigate)
        found += [part[row] for row in rows]
    if not found:
        raise EvaluationError(f"the model flags no event in {', '.join(map(str, files))}: give a history with fraud in it")
    return extractor.extract(found[:: -(-len(found) // most)])


def _parts(trails: Iterator[bytes]) -> Iterator[list[bytes]]:
    while part := list(islice(trails, EXTRACT_ROWS)):
        yield part


def _logits(scorer: Scorer, batch: FeatureBatch, removed: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return the logit of each event without its feature groups `removed`."""
    return scorer.logits_without(batch, np.arange(len(batch)), [[scorer.inputs[group] for group in groups] for groups in removed])


def _others(rng: np.random.Generator, named: Sequence[Sequence[int]], groups: int) -> list[list[int]]:
    """Return for each event as many groups as it names, without those."""
    drawn = []
    for those in named:
        others = np.setdiff1d(np.arange(groups), those)
        drawn.append([int(group) for group in rng.choice(others, min(len(those), len(others)), replace=False)])
    return drawn


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gnn.evaluation.faithfulness", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="model artifact")
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="event files, in time order")
    parser.add_argument("--reasons", type=int, default=REASONS, help="most reasons of an event (default %(default)s)")
    parser.add_argument("--draws", type=int, default=DRAWS, help="random draws per event (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write the figures here as well")
    args = parser.parse_args(argv)
    try:
        found = _measured(args)
    except (ArtifactError, EvaluationError, OSError) as error:
        print(f"faithfulness: {error}", file=sys.stderr)
        return 1
    for name, value in found.document().items():
        print(f"{name:24} {value:.3f}" if isinstance(value, float) else f"{name:24} {value}")
    if args.json:
        args.json.write_text(json.dumps(found.document(), indent=2) + "\n", encoding="utf-8")
    return 0


def _measured(args: argparse.Namespace) -> Faithfulness:
    graph = read_card(args.model).graph
    # any key: names never leave
    scorer, parser = load_scorer(args.model, graph), EventParser(graph, Pseudonyms(b"faithfulness"))
    batch = flagged(scorer, FeatureExtractor(graph), parser, args.events)
    return faithfulness(scorer, batch, args.reasons, args.draws, args.seed)


if __name__ == "__main__":
    sys.exit(main())
