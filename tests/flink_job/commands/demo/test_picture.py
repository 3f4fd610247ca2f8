"""The picture of the demo: what it shows, and that it asks for nothing from outside."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from domain.simulator import SimulatorSettings, simulate
from flink_job.commands.demo.picture import save_picture
from flink_job.commands.demo.stream_watch import StreamWatch
from gnn.evaluation import Evaluation, evaluate
from gnn.history.simulated_files import write_simulation


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    write_simulation(60, 3, tmp_path / "made")
    truth = simulate(SimulatorSettings(events=60, seed=3)).truth()
    decided = [
        {"event_id": event, "event_time": 1, "decision": "block" if bad else "approve", "score": 0.9 if bad else 0.1, "model": "m"}
        for event, bad in zip(truth["event_id"], truth["is_fraud"], strict=True)
    ]
    (tmp_path / "decisions.jsonl").write_text("\n".join(map(json.dumps, decided)))
    return evaluate(tmp_path / "decisions.jsonl", tmp_path / "made" / "truth.parquet")


def incident(name: str, accounts: int, severity: str = "critical") -> dict[str, Any]:
    participants = {"account": {"count": accounts, "exact": True, "pseudonyms": []}}
    shown = {
        "id": name,
        "revision": 1,
        "severity": severity,
        "status": "opened",
        "action": "block",
        "alerts": 9,
        "event_ids": [f"of {name}"],
    }
    return {**shown, "headline": f"headline of {name}", "explanation": "They share a device.", "participants": participants}


def test_largest_incident_its_alerts_and_the_figures(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, evaluation: Evaluation
) -> None:
    with StreamWatch(redis_url, stream_prefix, Console(quiet=True)) as watch:
        for document in (incident("small", 3), incident("large", 20), incident("mild", 90, "low")):
            fields = {"id": document["id"], "type": "opened", "severity": document["severity"], "time": "1", "json": json.dumps(document)}
            redis_client.xadd(f"{stream_prefix}incidents", fields)
            alert = {"event_id": f"of {document['id']}", "decision": "block", "score": 0.9, "event_type": "order", "event_time": 1}
            redis_client.xadd(f"{stream_prefix}alerts", {"id": "x", "severity": "high", "time": "1", "json": json.dumps(alert)})
        watch.look()
        save_picture(tmp_path / "made" / "demo.svg", watch, evaluation, {"alerts": "3"})
    drawn = (tmp_path / "made" / "demo.svg").read_text(encoding="utf-8")
    text = " ".join("".join(ET.fromstring(drawn).itertext()).replace("\xa0", " ").split())
    assert "headline of large" in text and "INCIDENT critical, block: headline of small" in text
    assert "of large" in text and "event of small" not in text, "alerts of the incident on the card"
    assert "alerts 3" in text.replace("  ", " ")
    assert not [asked for asked in ("@font-face", "url(http", "href", "@import", "<script") if asked in drawn], "nothing is fetched"


def test_a_run_without_incidents_has_a_picture(redis_url: str, stream_prefix: str, tmp_path: Path, evaluation: Evaluation) -> None:
    with StreamWatch(redis_url, stream_prefix, Console(quiet=True)) as watch:
        save_picture(tmp_path / "demo.svg", watch, evaluation, {"alerts": "0"})
    assert ET.parse(tmp_path / "demo.svg").getroot().tag.endswith("svg")
