"""`python -m tests.quality.blocked_month`: a month in which the active model blocks, and the model trained
after it.

A model of the first two weeks blocks during the next four; then a candidate of all six is compared with it on
two more weeks, against the whole truth. No label comes of what was blocked, but for the share that is
reviewed instead.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from domain.decisions.exploration import ExploreSettings
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import LABEL
from domain.json_text import as_unicode_json
from domain.simulator.settings import DEFAULT_START_MS
from domain.times import DAY_MS
from gnn.artifact.artifact import load_scorer
from gnn.card.detection_metrics import Ranking
from gnn.evaluation import read_decisions
from gnn.evaluation.costs import decision_costs
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.replay import Replay
from gnn.history.unseen import NOT_ACTED, Acted, acted_on, hides_outcome
from gnn.retraining.settings import RetrainSettings
from gnn.retraining.trial import History, try_candidate
from gnn.retraining.weeks import Weeks
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from gnn.scoring.scorer import Scorer
from gnn.training.training import train
from tests.quality.retraining import GRAPH, SETTINGS, Document, Shop
from tests.quality.splits import KEY, report

MONTH, AFTER, END = (DEFAULT_START_MS + days * DAY_MS for days in (14, 42, 56))
NAMES = Pseudonyms(KEY)


@dataclass(frozen=True)
class Month:
    """The shop, its folder with the active model, and what each event of the lines is by its identity."""

    shop: Shop
    folder: Path

    @property
    def active(self) -> Path:
        return self.folder / "active"

    def begin(self) -> None:
        """Train the model of the first two weeks."""
        train(replace(SETTINGS, to_ms=MONTH - 1), GRAPH, [self.file(self.shop)], self.active, _parser(), report)

    def file(self, shop: Shop) -> Path:
        path = self.folder / "events.jsonl"
        path.write_text("".join(as_unicode_json(line) + "\n" for line in shop.lines), encoding="utf-8")
        return path

    def decided(self, explore: ExploreSettings) -> Sequence[Document]:
        """Return the active model's decisions of the month."""
        policy, out = PolicySettings(explore=explore), self.folder / "decisions.jsonl"
        decider = Decider(GRAPH, load_scorer(self.active, GRAPH), policy, NAMES)
        score_files(Replay(GRAPH, _parser()), decider, [self.file(self.shop)], out)
        return [document for document in read_decisions(out) if MONTH <= document["event_time"] < AFTER]

    def unlabelled(self, decided: Sequence[Document]) -> Shop:
        """Return the shop without the labels of what was blocked."""
        hidden = {document["event_id"] for document in decided if hides_outcome(document, SETTINGS.unseen_after)}
        return self.shop.without(lambda line: line["event_type"] == LABEL and self.shop.about(line) in hidden)

    def retrained(self, shop: Shop, acted: Acted) -> tuple[dict[str, float], dict[str, float]]:
        """Return the figures of a candidate and of the active model."""
        history = History(GRAPH, _parser(), [self.file(shop)], acted)
        both = SETTINGS, RetrainSettings(resamples=100)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "candidate"
            trial = try_candidate(history, self.active, out, Weeks(AFTER, END - 3 * DAY_MS), both, _decider, report)
        after, before = (self.figures(scored) for scored in trial.models)
        return {**after, "judgement": trial.judgement.word}, before  # type: ignore[dict-item]

    def figures(self, scored: ScoredTruth) -> dict[str, float]:
        """Return which share of the frauds is found, and of the good events flagged, and what that costs."""
        ids = {_parser().parse(as_unicode_json(line).encode()).identity: line["event_id"] for line in self.shop.lines if _is_event(line)}
        fraud = np.array([ids[int(key, 16)] in self.shop.kinds for key in scored.keys.to_pylist()], np.bool_)
        flagged = scored.rows.flagged.to_numpy()
        curve = Ranking(scored.rows.score.to_numpy(), fraud).curve(np.ones(len(fraud)))
        found = {"at 1%": curve.recall_at(0.01), "flagged": flagged[fraud].mean(), "good flagged": flagged[~fraud].mean()}
        cost = decision_costs(fraud, flagged, scored.rows.blocked.to_numpy(), scored.rows.amount.to_numpy(), SETTINGS.costs).sum()
        return {**{name: round(float(value), 4) for name, value in found.items()}, "cost": round(float(cost))}


def measure(events: int, seed: int, explore: ExploreSettings) -> dict[str, Any]:
    """Return what the active model finds, and candidates that know the month in different ways."""
    with tempfile.TemporaryDirectory() as folder:
        month = Month(Shop.simulated(events, seed, days=56.0), Path(folder))
        month.begin()
        plain, drawn = month.decided(ExploreSettings()), month.decided(explore)
        blocked, explored = (acted_on(decided, NAMES, SETTINGS.unseen_after) for decided in (plain, drawn))
        known, active = month.retrained(month.shop, NOT_ACTED)
        quiet = month.unlabelled(plain)
        return {
            "seed": seed,
            "blocked": len(blocked.unseen),
            "reviewed": len(explored.weights),
            "frauds reviewed": sum(document["event_id"] in month.shop.kinds for document in drawn if "explored" in document),
            "active": active,
            "nobody acts": known,
            "as legitimate": month.retrained(quiet, NOT_ACTED)[0],
            "as unknown": month.retrained(quiet, blocked)[0],
            "reviewed, weight 1": month.retrained(month.unlabelled(drawn), Acted(explored.unseen))[0],
            "reviewed, weight 1 / share": month.retrained(month.unlabelled(drawn), explored)[0],
        }


def _decider(scorer: Scorer) -> Decider:
    return Decider(GRAPH, scorer, PolicySettings(), NAMES)


def _parser() -> EventParser:
    return EventParser(GRAPH, NAMES)


def _is_event(line: Document) -> bool:
    return bool(line["event_type"] != LABEL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.blocked_month", description=__doc__)
    parser.add_argument("--events", type=int, default=32_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32])
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--most-amount", type=float, default=ExploreSettings.most_amount)
    args = parser.parse_args()
    for seed in args.seeds:
        print(json.dumps(measure(args.events, seed, ExploreSettings(args.share, args.most_amount)), indent=1), flush=True)


if __name__ == "__main__":
    main()
