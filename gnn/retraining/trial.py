"""One trial: a candidate trained on what was known before the newest weeks, beside the active model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ModelCard
from gnn.evaluation.comparison import Comparison, compare
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.first_pass import Progress
from gnn.history.train_settings import KNOWN, TrainSettings
from gnn.history.unseen import NOT_ACTED, Acted
from gnn.retraining.decided_weeks import decided_weeks
from gnn.retraining.judgement import Judgement, judge
from gnn.retraining.settings import RetrainSettings
from gnn.retraining.weeks import Weeks
from gnn.scoring.offline_score import Decides
from gnn.scoring.scorer import Scorer
from gnn.training.training import train


class MakesDecider(Protocol):
    """A maker of what decides under the policy of the job."""

    def __call__(self, scorer: Scorer) -> Decides:
        """Return the decider."""
        ...


@dataclass(frozen=True)
class History:
    """What is known: files of events and labels, how they are read, and what acting on decisions did."""

    graph: GraphSettings
    parser: EventParser
    files: Sequence[Path]
    acted: Acted = NOT_ACTED


@dataclass(frozen=True)
class Trial:
    """A candidate beside the active model: cards, decisions on the same weeks, comparison, judgement."""

    candidate: ModelCard
    active: ModelCard
    models: tuple[ScoredTruth, ScoredTruth]
    """Of the candidate and of the active model."""
    comparison: Comparison
    """First is the candidate."""
    judgement: Judgement
    weeks: Weeks


def try_candidate(
    history: History,
    active: Path,
    out: Path,
    weeks: Weeks,
    settings: tuple[TrainSettings, RetrainSettings],
    decider: MakesDecider,
    progress: Progress,
) -> Trial:
    """Train a candidate, write its artifact to `out`, and compare it with the active one.

    It knows neither events nor labels of the weeks. Raises what `train` and `compare` raise.
    """
    training, retraining = settings
    before = replace(training, to_ms=weeks.from_ms - 1, split=None, labels=KNOWN)
    train(before, history.graph, history.files, out, history.parser, progress, history.acted)
    scorers = [load_scorer(path, history.graph, training.threads) for path in (out, active)]
    names = [f"{scorer.card.model_id} ({role})" for scorer, role in zip(scorers, ("candidate", "active"), strict=True)]
    models = dict(zip(names, map(decider, scorers), strict=True))
    first, second = decided_weeks(models, history.graph, history.parser, history.files, weeks, history.acted, progress)
    comparison = compare(first, second, training.costs, resamples=retraining.resamples, seed=training.seed)
    card = scorers[1].card
    found = judge(comparison, int(first.rows.fraud.sum()), card.metrics.auc, retraining)
    return Trial(scorers[0].card, card, (first, second), comparison, found, weeks)
