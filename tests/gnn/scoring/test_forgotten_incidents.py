"""`ringwatch score --incidents` forgets an account at its line: nothing after it names the account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from flink_job.settings.settings import PRETRAINED, PolicySettings
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import score_files
from tests.support.incident_samples import HOUR, START

GRAPH, PSEUDONYMS = GraphSettings(), Pseudonyms(b"a key for the tests")
SETTINGS = IncidentSettings(first_summary_alerts=1)


def event(number: int, account: str) -> dict[str, Any]:
    fields = {"event_id": f"e{number}", "event_type": "order", "event_time": START + number * 60_000, "amount": 10 * number + 5}
    return {**fields, "account_id": account, "currency": "EUR", "device_fingerprint": "shared", "address": "1 Main St"}


def revisions(folder: Path, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines, told = folder / "events.jsonl", folder / "incidents.jsonl"
    lines.write_text("".join(f"{json.dumps(one)}\n" for one in documents))
    decider = Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), PolicySettings(investigate_at=1e-6, block_at=0.99), PSEUDONYMS)
    replay = Replay(GRAPH, EventParser(GRAPH, PSEUDONYMS))
    score_files(replay, decider, [lines], folder / "out.jsonl", incidents=(IncidentReplay(SETTINGS), told))
    assert not replay.forgotten, "it was taken out"
    return [json.loads(line) for line in told.read_text().splitlines()]


def test_an_account_is_forgotten_in_the_incidents_at_its_line(tmp_path: Path) -> None:
    events = [event(number, f"c-{number % 4}") for number in range(12)]
    its = next(iter(json.loads(line) for line in decisions(tmp_path, events) if json.loads(line)["event_id"] == "e1"))["entities"]
    forget = {"event_id": "forget:1", "event_type": "forget", "event_time": START, "pseudonyms": {"account": its["account"]}}
    found = revisions(tmp_path, [*events, forget, {**event(500, "c-9"), "device_fingerprint": "own", "address": "9 Other St"}])
    *before, grown, closed = ring = [one for one in found if one["participants"]["account"]["count"] != 1 or one is found[0]]
    assert [(one["status"], one["alerts"]) for one in (grown, closed)] == [("grown", 9), ("closed", 9)]
    named = [one for one in found if its["account"] in json.dumps(one)]
    assert named and all(one in before for one in named), "no more after its line"
    assert ring[-1]["participants"]["account"]["count"] == 3 and ring[-1]["id"] == ring[0]["id"]
    assert ring[-1]["money_at_risk"] == {"EUR": sum(one["amount"] for one in events if one["account_id"] != "c-1")}
    assert ring[-2]["told_at"] == events[-1]["event_time"] < START + HOUR


def decisions(folder: Path, events: list[dict[str, Any]]) -> list[str]:
    revisions(folder, events)
    return (folder / "out.jsonl").read_text().splitlines()
