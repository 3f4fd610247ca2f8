"""The model's health in the real job: drift that is counted while it runs, and labels held against alarms."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.decisions.decision import APPROVE
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from gnn.evaluation.label_book import LabelBook
from gnn.scoring.drift_tally import MOST_EVENTS
from tests.support.job_process import JobProcess

pytestmark = [pytest.mark.flink, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS = 4000
POLICY_OPTIONS = ("--set", "policy.investigate_at=0.2", "--set", "policy.block_at=0.6")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated events with labels, of which a few are sent twice, and a few withdrawn."""
    lines: list[dict[str, Any]] = []
    for number, document in enumerate(simulate(SimulatorSettings(events=EVENTS, seed=11, fraud_share=0.08)).documents()):
        lines.append(document)
        if document["event_type"] == "label" and number % 7 == 0:
            lines.append(document)
        if document["event_type"] == "label" and number % 11 == 0:
            lines.append({**document, "event_id": f"{document['event_id']}-withdrawn", "is_fraud": None})
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def expected(history: Path, decisions: list[dict[str, Any]]) -> Counter[str]:
    """What `evaluate` counts: frauds found, frauds missed and false alarms among the events with a label."""
    pseudonyms = Pseudonyms(KEY.encode())
    book = LabelBook(EventParser(GraphSettings(), pseudonyms), pseudonyms)
    for line in history.read_bytes().splitlines():
        book.take(line)
    found: Counter[str] = Counter()
    for document in decisions:
        is_fraud, flagged = book.verdict(document), document["decision"] != APPROVE
        if is_fraud is not None and (is_fraud or flagged):
            found["true_alarm" if flagged and is_fraud else "missed" if is_fraud else "false_alarm"] += 1
    return found


@pytest.mark.parametrize(("parallelism", "early"), [pytest.param(1, "true", marks=pytest.mark.cluster), (1, "false"), (2, "true")])
def test_health_says_how_scores_moved_and_what_labels_say(
    parallelism: int, early: str, history: Path, redis_url: str, tmp_path: Path
) -> None:
    extra = ("--set", f"job.early_approval={early}", "--set", f"job.parallelism={parallelism}")
    job = JobProcess(
        tmp_path / "job", history, redis_url, f"health-{parallelism}-{early}:", (*POLICY_OPTIONS, *extra), {"RINGWATCH_PSEUDONYM_KEY": KEY}
    )
    job.run()
    decisions = job.decided()
    assert len(decisions) == EVENTS
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    entries = job.stream(client, "health")
    last: dict[tuple[str, str], dict[str, Any]] = {(entry["json"]["kind"], entry["json"]["day"]): entry["json"] for entry in entries}
    drift = [document for (kind, _), document in last.items() if kind == "drift"]
    assert {document["model"] for document in drift} == {read_card(PRETRAINED).model_id}
    counted = sum(document["events"] for document in drift)
    tallies = parallelism * (2 if early == "true" else 1)
    assert EVENTS - tallies * MOST_EVENTS <= counted <= EVENTS, "what a worker had not handed on at the end is missing"
    assert counted > 0 and all(document["inputs"] for document in drift)
    labels: Counter[str] = Counter()
    for (kind, _), document in last.items():
        if kind == "labels":
            labels.update({name: document[name] for name in ("true_alarm", "false_alarm", "missed")})
    assert +labels == +expected(history, decisions) and labels["true_alarm"] and labels["missed"]
