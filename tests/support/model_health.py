"""What the stream `health` of a job that has ended must say, held against its decisions and its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import redis

from domain.decisions.decision import APPROVE
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from gnn.evaluation.label_book import LabelBook
from gnn.scoring.drift_tally import MOST_EVENTS
from tests.support.job_process import JobProcess


def with_second_labels(documents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the documents, and some of the labels once more, and some withdrawn."""
    for number, document in enumerate(documents):
        yield document
        if document["event_type"] == "label" and number % 7 == 0:
            yield document
        if document["event_type"] == "label" and number % 11 == 0:
            yield {**document, "event_id": f"{document['event_id']}-withdrawn", "is_fraud": None}


def check_health(job: JobProcess, history: Path, key: str, tallies: int) -> None:
    """Hold what the job has said against what it decided; `tallies` of its workers count apart."""
    decisions = job.decided()
    with redis.Redis.from_url(job.redis_url, decode_responses=True) as client:
        entries = job.stream(client, "health")
    last: dict[tuple[str, str], dict[str, Any]] = {(entry["json"]["kind"], entry["json"]["day"]): entry["json"] for entry in entries}
    drift = [document for (kind, _), document in last.items() if kind == "drift"]
    assert {document["model"] for document in drift} == {read_card(PRETRAINED).model_id}
    counted = sum(document["events"] for document in drift)
    events = len(decisions)
    assert events - tallies * MOST_EVENTS <= counted <= events, "what a worker had not handed on at the end is missing"
    assert counted > 0 and all(document["inputs"] for document in drift)
    labels: Counter[str] = Counter()
    for (kind, _), document in last.items():
        if kind == "labels":
            labels.update({name: document[name] for name in ("true_alarm", "false_alarm", "missed")})
    assert +labels == +_expected(history, key, decisions) and labels["true_alarm"] and labels["missed"]


def _expected(history: Path, key: str, decisions: list[dict[str, Any]]) -> Counter[str]:
    """Return what `evaluate` counts of events with a label: frauds found, frauds missed and false alarms."""
    pseudonyms = Pseudonyms(key.encode())
    book = LabelBook(EventParser(GraphSettings(), pseudonyms), pseudonyms)
    for line in history.read_bytes().splitlines():
        book.take(line)
    found: Counter[str] = Counter()
    for document in decisions:
        is_fraud, flagged = book.verdict(document), document["decision"] != APPROVE
        if is_fraud is not None and (is_fraud or flagged):
            found["true_alarm" if flagged and is_fraud else "missed" if is_fraud else "false_alarm"] += 1
    return found
