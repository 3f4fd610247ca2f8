"""Amazon's own sample through the running job by Amazon's own client: `python -m tests.quality.amazon`.

Each sign-up is a GetEventPrediction of boto3, each label an UpdateEventLabel seven days of event time later,
in the order of their times and at a steady rate. The model is trained on the first part of the table. What
came back is held against `ringwatch score` over the same events and labels in a file.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from domain.times import rfc3339
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.bench.service_part import serving
from flink_job.cluster.environment import CODE
from flink_job.cluster.submission import submit
from gnn.card.detection_metrics import auc
from tests.quality.splits import MAPPINGS

TABLE, MAPPING, EVENT_TYPE = Path("aws-samples/registration_20k.parquet"), "aws_registration", "registration"
KEY = "SAMPLE"
GRAPH = "graph.entities=['account','ip']"
LEARNT = 0.8
"""Share of the events, the first in time, that the model learns from."""
AT_ONCE = 64
"""Calls under way; more are late."""
CLAIM_S = 366 * 86_400
"""The sample's times are of 2022: the store need not be asked for each event as for a repeat."""


@dataclass
class Answers:
    """What came back."""

    scores: dict[str, float] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    predicted_ms: list[float] = field(default_factory=list)
    labelled_ms: list[float] = field(default_factory=list)
    late_ms: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.amazon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with aws-samples")
    parser.add_argument("--events", type=int, default=20_000, help="how many of the sign-ups, the first in time")
    parser.add_argument("--rate", type=float, default=50.0, help="calls in a second, events and labels together")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(args.data / TABLE, args.events, args.rate, Path(folder))
    out = Path("run/quality/amazon.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def measure(table: Path, most: int, rate: float, folder: Path) -> dict[str, Any]:
    """Return the figures of one run over the first `most` events."""
    rows = sorted(pq.read_table(table).to_pylist(), key=lambda row: row["EVENT_TIMESTAMP"])[:most]
    rows = [{**row, "EVENT_ID": f"registration-{place:05}"} for place, row in enumerate(rows)]
    lines = _imported(rows, folder)
    model, offline = folder / "model", folder / "offline.jsonl"
    events = str(folder / "events.jsonl")
    learnt = f"{LEARNT * 100 - 10:g}/10/{100 - LEARNT * 100:g}"
    _ringwatch("train", "--events", events, "--out", str(model), "--split", learnt, "--set", GRAPH)
    _ringwatch("score", "--events", events, "--out", str(offline), "--model", str(model), "--set", GRAPH)
    expected = {document["event_id"]: document["score"] for document in map(json.loads, offline.open(encoding="utf-8"))}
    answers = _asked(rows, lines, rate, model, folder)
    return _figures(rows, expected, answers)


def _imported(rows: Sequence[Mapping[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Return the events and labels that an import makes of the rows, in order of time."""
    table, mapping, events = folder / "rows.parquet", folder / "mapping.yaml", folder / "events.jsonl"
    pq.write_table(pa.Table.from_pylist(list(rows)), table)
    mapping.write_text((MAPPINGS / f"{MAPPING}.yaml").read_text(encoding="utf-8") + "event_id: EVENT_ID\n", encoding="utf-8")
    _ringwatch("import", str(mapping), str(table), "--out", str(events))
    return [json.loads(line) for line in events.open(encoding="utf-8")]


def _ringwatch(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "flink_job.cli", *words], cwd=CODE, check=True)


def _asked(rows: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]], rate: float, model: Path, folder: Path) -> Answers:
    """Return what a job, a service and boto3 make of the lines."""
    secret = secrets.token_hex(20)
    os.environ[f"RINGWATCH_ACCESS_KEY_{KEY}"] = secret  # the service's, which is a child of this process
    with rig(Chosen(None, (GRAPH,), folder), "amazon", 2) as on:
        words = on.settings_words(*_settings(on, model))
        sources = ["--source", "redis:events", "--source", "redis:labels", "--set", "job.labels=['redis:labels']"]
        streams = [*sources, "--decisions", "redis:decisions"]
        submit(on.cluster, [*streams, *words], 1)
        with serving(on.folder, words) as served:
            return _Shop(served.url, secret, {row["EVENT_ID"]: row for row in rows}).send(lines, rate)


def _settings(on: Rig, model: Path) -> Iterable[str]:
    return (
        f"model={model}",
        "job.early_approval=true",
        f"service.score.claim_s={CLAIM_S}",
        f"service.store.url=sqlite:{on.folder / 'store.db'}",
        f"service.fraud_detector.access_keys=[{KEY}]",
        f"service.fraud_detector.event_types.{EVENT_TYPE}={MAPPINGS.resolve() / MAPPING}.yaml",
    )


class _Shop:
    """The client: boto3 as it is installed."""

    def __init__(self, url: str, secret: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        config = Config(max_pool_connections=AT_ONCE, retries={"mode": "standard"})
        given = {"aws_access_key_id": KEY, "aws_secret_access_key": secret, "region_name": "eu-west-1"}
        self._client = boto3.client("frauddetector", endpoint_url=url, config=config, **given)
        self._rows, self._answers = rows, Answers()

    def send(self, lines: Sequence[Mapping[str, Any]], rate: float) -> Answers:
        """Send each event and label when it is due."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for place, line in enumerate(lines):
                time.sleep(max(0.0, began + place / rate - time.monotonic()))
                pool.submit(self._labelled if line["event_type"] == "label" else self._predicted, line, began + place / rate)
        for line in lines:  # what had its fallback has been decided since
            if line["event_type"] != "label" and line["event_id"] not in self._answers.scores:
                self._predicted(line, time.monotonic())
        return self._answers

    def _predicted(self, line: Mapping[str, Any], due: float) -> None:
        row = self._rows[line["event_id"]]
        with self._timed(self._answers.predicted_ms, due):
            answer = self._client.get_event_prediction(
                detectorId="sign_ups",
                eventId=row["EVENT_ID"],
                eventTypeName=EVENT_TYPE,
                eventTimestamp=row["EVENT_TIMESTAMP"],
                entities=[{"entityType": "customer", "entityId": "unknown"}],
                eventVariables={name: row[name] for name in ("ip_address", "email_address")},
            )
            [rule] = answer["ruleResults"]
            self._answers.outcomes[rule["ruleId"] if rule["ruleId"] == "fallback" else rule["outcomes"][0]] += 1
            for model in answer["modelScores"]:
                self._answers.scores[row["EVENT_ID"]] = model["scores"]["ringwatch_insightscore"] / 1000

    def _labelled(self, line: Mapping[str, Any], due: float) -> None:
        word = self._rows[line["subject_event_id"]]["EVENT_LABEL"]
        with self._timed(self._answers.labelled_ms, due):
            self._client.update_event_label(
                eventId=line["subject_event_id"], eventTypeName=EVENT_TYPE, assignedLabel=word, labelTimestamp=rfc3339(line["event_time"])
            )

    @contextmanager
    def _timed(self, into: list[float], due: float) -> Any:
        self._answers.late_ms = max(self._answers.late_ms, (time.monotonic() - due) * 1000)
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            self._answers.errors[getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__] += 1
        else:
            into.append((time.monotonic() - due) * 1000)


def _figures(rows: Sequence[Mapping[str, Any]], expected: Mapping[str, float], answers: Answers) -> dict[str, Any]:
    came_back = [row for row in rows if row["EVENT_ID"] in answers.scores]
    test = [row for row in came_back if row["EVENT_TIMESTAMP"] >= rows[round(LEARNT * len(rows))]["EVENT_TIMESTAMP"]]
    differences = np.array([abs(score - expected[name]) for name, score in answers.scores.items()])
    return {
        "events": len(rows),
        "scored": len(answers.scores),
        "outcomes": dict(answers.outcomes),
        "errors": dict(answers.errors),
        "labels": len(answers.labelled_ms),
        "auc of the last fifth": {"boto3": _auc(test, answers.scores), "ringwatch score": _auc(test, expected)},
        "auc of all": {"boto3": _auc(came_back, answers.scores), "ringwatch score": _auc(came_back, expected)},
        "scores that differ by more than 0.001": int((differences > 1e-3).sum()),
        "largest difference": float(differences.max(initial=0.0)),
        "prediction ms": _percentiles(answers.predicted_ms),
        "label ms": _percentiles(answers.labelled_ms),
        "latest call ms": round(answers.late_ms, 1),
    }


def _auc(rows: Sequence[Mapping[str, Any]], scores: Mapping[str, float]) -> float:
    score, fraud = np.array([scores[row["EVENT_ID"]] for row in rows]), np.array([row["EVENT_LABEL"] == "fraud" for row in rows])
    return round(float(auc(score, fraud, np.ones(len(rows)))), 4)


def _percentiles(ms: Sequence[float]) -> dict[str, float]:
    return {f"p{percent:g}": round(float(np.percentile(ms, percent)), 1) for percent in (50, 95, 99, 99.9)} if ms else {}


if __name__ == "__main__":
    main()
