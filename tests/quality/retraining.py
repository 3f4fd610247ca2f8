"""`python -m tests.quality.retraining`: training again in the simulated shop, with boosted trees.

A ring kind that is new in week 3; a fortnight of labels turned round; a fortnight in which the active model
blocks and no label comes of it. A model of the first two weeks is active, the weeks compared on are later.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import LABEL, GraphSettings
from domain.json_text import as_unicode_json
from domain.simulator import SimulatorSettings, simulate
from domain.simulator.settings import DEFAULT_START_MS
from domain.times import DAY_MS
from gnn.artifact.artifact import load_scorer
from gnn.card.detection_metrics import Ranking
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.train_settings import TrainSettings
from gnn.history.unseen import NOT_ACTED, Acted
from gnn.retraining.decided_weeks import decided_weeks
from gnn.retraining.settings import RetrainSettings
from gnn.retraining.trial import History, Trial, try_candidate
from gnn.retraining.weeks import Weeks
from gnn.scoring.decider import Decider
from gnn.scoring.scorer import Scorer
from gnn.training.training import train
from tests.quality.splits import KEY, report

Document = dict[str, Any]
FIRST, CHANGED, AGAIN, END = (DEFAULT_START_MS + days * DAY_MS for days in (0, 14, 28, 42))
GRAPH = GraphSettings()
SETTINGS = TrainSettings(model="gbt", label_delay_s=3 * 86_400.0)


@dataclass(frozen=True)
class Shop:
    """A simulated shop of six weeks: lines in time order, and of each fraud (by event id) its ring's kind."""

    lines: Sequence[Document]
    kinds: dict[str, str]

    @classmethod
    def simulated(cls, events: int, seed: int, days: float = 42.0) -> Shop:
        """Return a shop whose labels come within three days."""
        found = simulate(SimulatorSettings(events, seed, days=days, fraud_share=0.08))
        truth = found.truth()
        kinds = {event: str(kind) for event, kind, bad in zip(truth["event_id"], truth["ring_kind"], truth["is_fraud"], strict=True) if bad}
        lines = [line for line in found.documents() if line["event_type"] != LABEL]
        labels = [_label(line, True) for line in lines if line["event_id"] in kinds]
        return cls(sorted([*lines, *labels], key=_time), kinds)

    def without(self, left_out: Callable[[Document], bool]) -> Shop:
        """Return the shop without some lines."""
        return replace(self, lines=[line for line in self.lines if not left_out(line)])

    def about(self, line: Document) -> str:
        """Return the id of the event that a line is, or is a label of."""
        return str(line["subject_event_id"] if line["event_type"] == LABEL else line["event_id"])

    def happened(self, line: Document) -> int:
        """Return when the event of a line happened."""
        return _time(line) - (2 * DAY_MS if line["event_type"] == LABEL else 0)


def measure(events: int, seed: int, kind: str) -> dict[str, Any]:
    """Return what each of the three did."""
    shop = Shop.simulated(events, seed)
    return {"new kind": new_kind(shop, kind), "turned round": turned_round(shop), "blocked": blocked(shop)}


def new_kind(shop: Shop, kind: str) -> dict[str, Any]:
    """Return the recall on a kind of ring that there was none of in the first two weeks."""
    later = shop.without(lambda line: shop.kinds.get(shop.about(line)) == kind and shop.happened(line) < CHANGED)
    with tempfile.TemporaryDirectory() as folder:
        trial = _retrained(later, Path(folder))
    after, before = (_recall(later, scored, kind) for scored in trial.models)
    return {"before": before, "after": after, "judgement": trial.judgement.word}


def turned_round(shop: Shop) -> dict[str, Any]:
    """Return the judgement where the labels of two weeks say the opposite, and call good events fraud."""
    rng = np.random.default_rng(7)
    lines: list[Document] = []
    for line in shop.lines:
        poisoned = CHANGED <= shop.happened(line) < AGAIN
        lines.append({**line, "is_fraud": False} if poisoned and line["event_type"] == LABEL else line)
        if poisoned and line["event_type"] != LABEL and shop.about(line) not in shop.kinds and rng.random() < 0.05:
            lines.append(_label(line, True))
    with tempfile.TemporaryDirectory() as folder:
        trial = _retrained(replace(shop, lines=sorted(lines, key=_time)), Path(folder))
    after, before = (_recall(shop, scored) for scored in trial.models)
    return {"before": before, "after": after, "judgement": trial.judgement.word}


def blocked(shop: Shop) -> dict[str, Any]:
    """Return the recall after two weeks in which no label comes of what the active model blocks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = _active(shop, folder)
        history = _history(shop, folder)
        (scored,) = decided_weeks(
            {"active": _decider(load_scorer(old, GRAPH))}, GRAPH, history.parser, history.files, Weeks(CHANGED, AGAIN), NOT_ACTED, report
        )
        hidden = {int(key, 16) for key, was in zip(scored.keys.to_pylist(), scored.rows.blocked, strict=True) if was}
        ids = {shop_id for identity, shop_id in _identities(shop).items() if identity in hidden}
        quiet = shop.without(lambda line: line["event_type"] == LABEL and shop.about(line) in ids)
        known, unknown = (_retrained(quiet, folder, acted) for acted in (NOT_ACTED, Acted(frozenset(hidden))))
    recalls = [_recall(shop, trial.models[0]) for trial in (known, unknown)]
    found = {"before": _recall(shop, known.models[1]), "as legitimate": recalls[0], "as unknown": recalls[1]}
    return found | {"blocked": len(hidden), "judgement": unknown.judgement.word}


def _retrained(shop: Shop, folder: Path, acted: Acted = NOT_ACTED) -> Trial:
    history = replace(_history(shop, folder), acted=acted)
    active = folder / "active"
    if not active.exists():
        _active(shop, folder)
    both = SETTINGS, RetrainSettings(resamples=100)
    return try_candidate(history, active, folder / "candidate", Weeks(AGAIN, END - 3 * DAY_MS), both, _decider, report)


def _active(shop: Shop, folder: Path) -> Path:
    """Train the model of the first two weeks."""
    history = _history(shop, folder)
    train(replace(SETTINGS, to_ms=CHANGED - 1), GRAPH, history.files, folder / "active", history.parser, report)
    return folder / "active"


def _history(shop: Shop, folder: Path) -> History:
    path = folder / "events.jsonl"
    path.write_text("".join(as_unicode_json(line) + "\n" for line in shop.lines), encoding="utf-8")
    return History(GRAPH, EventParser(GRAPH, Pseudonyms(KEY)), [path])


def _decider(scorer: Scorer) -> Decider:
    return Decider(GRAPH, scorer, PolicySettings(), Pseudonyms(KEY))


def _recall(shop: Shop, scored: ScoredTruth, kind: str | None = None) -> dict[str, float]:
    """Return which share of the true frauds, or of one kind, is flagged, and found at 1% false positives."""
    ids = _identities(shop)
    of = [shop.kinds.get(ids[int(key, 16)]) for key in scored.keys.to_pylist()]
    fraud = np.array([one is not None and kind in (None, one) for one in of], np.bool_)
    chosen = fraud | np.array([one is None for one in of], np.bool_)
    ranking = Ranking(scored.rows.score.to_numpy()[chosen], fraud[chosen])
    flagged = float(scored.rows.flagged.to_numpy()[fraud].mean())
    return {"flagged": flagged, "at 1%": ranking.curve(np.ones(int(chosen.sum()))).recall_at(0.01)}


def _identities(shop: Shop) -> dict[int, str]:
    parser = EventParser(GRAPH, Pseudonyms(KEY))
    events: Iterable[Document] = (line for line in shop.lines if line["event_type"] != LABEL)
    return {parser.parse(as_unicode_json(line).encode()).identity: str(line["event_id"]) for line in events}


def _label(event: Document, is_fraud: bool) -> Document:
    keys = {name: event[name] for name in ("account_id", "device_fingerprint", "address", "ip") if name in event}
    what = {"event_type": LABEL, "subject_event_id": event["event_id"], "is_fraud": is_fraud}
    return {"event_id": f"label-{event['event_id']}", "event_time": _time(event) + 2 * DAY_MS, **what, **keys}


def _time(line: Document) -> int:
    return int(line["event_time"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.retraining", description=__doc__)
    parser.add_argument("--events", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--kind", default="account_takeover", help="the kind of ring that is new in week 3")
    args = parser.parse_args()
    print(json.dumps(measure(args.events, args.seed, args.kind), indent=1))


if __name__ == "__main__":
    main()
