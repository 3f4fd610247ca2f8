"""The real job reads history in silence: with one subtask and a kill meanwhile, with two, and as the replay
does.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import score_files
from tests.support.job_process import JobProcess, wait_for, without_clock

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

KEY = "a key for the tests"
# low, so that a small history raises enough alerts
POLICY = PolicySettings(investigate_at=0.2, block_at=0.6)
OPTIONS = ("policy.investigate_at=0.2", "policy.block_at=0.6", "job.checkpoint_interval_s=1")
EVENTS = 16_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Events with a broken line now and then, and the event time at which the silence ends: that of the
    middle.
    """
    documents = list(simulate(SimulatorSettings(events=EVENTS, seed=12, fraud_share=0.05)).documents())
    lines = [json.dumps(document) for document in documents]
    until = documents[len(documents) // 2]["event_time"]
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    path.write_text("".join(line + ("\n{\n" if index % 1000 == 500 else "\n") for index, line in enumerate(lines)))
    return path, until


def replayed(source: Path, until_ms: int, folder: Path) -> tuple[dict[str, dict], list[dict[str, Any]]]:
    """Decisions and incident revisions of `ringwatch score --incidents --silent-until`."""
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY.encode())
    decider = Decider(graph, load_scorer(PRETRAINED, graph), POLICY, pseudonyms)
    incidents_too = IncidentReplay(IncidentSettings(), silent_until_ms=until_ms), folder / "incidents.jsonl"
    score_files(Replay(graph, EventParser(graph, pseudonyms)), decider, [source], folder / "offline.jsonl", incidents=incidents_too)
    decided, incidents = ((folder / name).read_text().splitlines() for name in ("offline.jsonl", "incidents.jsonl"))
    return without_clock(map(json.loads, decided)), [json.loads(line) for line in incidents]


@pytest.mark.parametrize("parallelism", [pytest.param(1, marks=pytest.mark.long), 2])
def test_nothing_is_published_of_the_silent_time(
    history: tuple[Path, int], parallelism: int, redis_url: str, redis_client: redis.Redis, tmp_path: Path
) -> None:
    source, until_ms = history
    prefix = f"silent{parallelism}:"
    words = ("--silent-until", str(until_ms), "--parallelism", str(parallelism), *(word for one in OPTIONS for word in ("--set", one)))
    job = JobProcess(tmp_path / "job", source, redis_url, prefix, words, {"RINGWATCH_PSEUDONYM_KEY": KEY})
    if parallelism == 1:
        process = job.start("--bounded")
        wait_for(lambda: process.poll() is not None or _is_underway(job), "decisions and a checkpoint")
        assert process.poll() is None, f"the job ended before it could be killed:\n{job.output()}"
        job.kill(process)
        job.run("--resume")
    else:
        job.run()

    decided = without_clock(job.decided())
    assert len(decided) == EVENTS, "decisions are written throughout"
    flagged = {event_id: document for event_id, document in decided.items() if document["decision"] != "approve"}
    alerts = Counter(entry["id"] for entry in job.stream(redis_client, "alerts"))
    assert alerts == Counter(event_id for event_id, document in flagged.items() if document["event_time"] >= until_ms)
    assert 0 < len(alerts) < len(flagged) - 100
    assert 0 < len(job.stream(redis_client, "rejected")) <= EVENTS // 2000 + 2, "those of the second half"

    incidents = [entry["json"] for entry in job.stream(redis_client, "incidents")]
    assert min(document["told_at"] for document in incidents) == until_ms, "what was open then is opened then"
    revisions: dict[str, list[int]] = {}
    for document in incidents:
        revisions.setdefault(document["id"], []).append(document["revision"])
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in revisions.values())
    if parallelism == 1:  # with two, a few events swap their places
        offline, published = replayed(source, until_ms, tmp_path)
        assert {name: document["decision"] for name, document in decided.items()} == {
            name: document["decision"] for name, document in offline.items()
        }
        assert closings(incidents) == closings(published)


def _is_underway(job: JobProcess) -> bool:
    return bool(list(job.checkpoints.glob("*/chk-*/_metadata"))) and any(path.stat().st_size for path in job.decisions.glob(".*"))


def closings(documents: list[dict[str, Any]]) -> dict[str, tuple[object, ...]]:
    names = ("ring", "alerts", "first_time", "last_time", "severity", "action", "money_at_risk", "merged_into", "rings", "headline")
    return {document["id"]: tuple(document[name] for name in names) for document in documents if document["status"] == "closed"}
