"""A week of a simulated shop under attack, decided by the model of this release: what fills a desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from domain.decisions.alert import Alert
from domain.decisions.policy import PolicySettings
from domain.events.event import Event
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.health.documents import GRACE_MS, Moved, drift_entry
from domain.incidents.review_desk import is_overflow
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_unicode_json
from domain.memory.trail import crowd
from domain.simulator import SimulatedWave, Simulation, SimulatorSettings, simulate
from domain.times import DAY_MS, HOUR_MS
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.drift import Drift, DriftWatch, most_drifted_first
from gnn.scoring.drift_texts import expected_precision
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.scorer import Scorer
from tests.support.control_samples import PSEUDONYMS

EVENTS, DAYS, SEED = 34_000, 10, 7
BEGIN = 1_773_014_400_000  # 2026-03-09, a Monday after the days that the model was trained on
NOW = BEGIN + 7 * DAY_MS + 16 * HOUR_MS
"""The time of who looks at the desk, an afternoon: attacks begun before the simulation's last days go on."""
_WAVES = (("refund_wave", 11, 70), ("signup_wave", 5, 80), ("card_testing_wave", 60, 60))
"""Kind, hours before now, events."""
_GRAPH = GraphSettings()


@dataclass(frozen=True)
class History:
    """What happened, was decided and was told until now."""

    events: Path
    decisions: Path
    alerts: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    """Revisions in their order."""
    drift: list[dict[str, Any]]
    """Of each day, as the job writes it to `health`."""
    frauds: frozenset[str]
    """Ids of events that are fraud."""


def rich_history(folder: Path) -> History:
    """Simulate and decide until now; events and decisions are files of the folder."""
    waves = tuple(SimulatedWave(kind, NOW - hours * HOUR_MS, 3.0, count) for kind, hours, count in _WAVES)
    shop = simulate(SimulatorSettings(events=EVENTS, seed=SEED, start=BEGIN, days=DAYS, waves=waves))
    events, decisions, scorer = folder / "events.jsonl", folder / "decisions.jsonl", load_scorer(PRETRAINED, _GRAPH)
    happened = (document for document in shop.documents(NOW) if document["event_time"] < NOW)
    events.write_text("".join(f"{as_unicode_json(document)}\n" for document in happened), "utf-8")
    alerts, told, drift = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    gathered = IncidentReplay(IncidentSettings())
    with decisions.open("w", encoding="utf-8") as file:
        for day, trails in _days(Replay(_GRAPH, EventParser(_GRAPH, PSEUDONYMS)).run([events])):
            watch = DriftWatch(scorer, _GRAPH)
            decided = Decider(_GRAPH, scorer, PolicySettings(), PSEUDONYMS, watch).decide_and_join(trails, lambda: NOW)
            for (decision, joins), trail in zip(decided, trails, strict=True):
                file.write(f"{decision.to_json()}\n")
                told += gathered.take(decision, joins, crowd(trail))
                if decision.is_flagged:
                    alerts.append(Alert.raised(decision, joins, decision.time_ms).to_document())
            drift.append(_drift(scorer, watch, day, len(trails)))
    return History(events, decisions, alerts, [one for one in told if not is_overflow(one)], drift, _frauds(shop))


def _days(scored: Iterable[tuple[Event, bytes]]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the days since 1970 with the trails of their events."""
    for day, its in groupby(scored, lambda one: one[0].time_ms // DAY_MS):
        yield day, [trail for _, trail in its]


def _drift(scorer: Scorer, watch: DriftWatch, day: int, events: int) -> dict[str, Any]:
    inputs = [_moved(one) for one in most_drifted_first(watch.features())]
    look = (day + 1) * DAY_MS + GRACE_MS
    return drift_entry(scorer.card.model_id, day, look, events, _moved(watch.score()), inputs, expected_precision(scorer.card)).document


def _moved(drift: Drift) -> Moved:
    return Moved(drift.name, drift.psi, drift.noise, drift.verdict)


def _frauds(shop: Simulation) -> frozenset[str]:
    truth = shop.truth()
    return frozenset(id_ for id_, is_fraud in zip(truth["event_id"], truth["is_fraud"], strict=True) if is_fraud)
