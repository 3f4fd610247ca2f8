"""Waves through the real job: found in all events, published with a summary, the same as offline."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
import redis

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_unicode_json
from domain.simulator import SimulatedWave, SimulatorSettings, simulate
from domain.simulator.settings import DEFAULT_START_MS
from domain.times import DAY_MS, HOUR_MS
from flink_job.settings.settings import PRETRAINED, PolicySettings
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import score_files
from tests.support.job_process import JobProcess, wait_for

pytestmark = [pytest.mark.flink, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS, DAYS = 6000, 9.0
WAVE = SimulatedWave("refund_wave", DEFAULT_START_MS + 6 * DAY_MS + 9 * HOUR_MS, 3.0, 60)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with one wave of refund requests; some events are up to nine seconds late."""
    simulation = simulate(SimulatorSettings(events=EVENTS, seed=3, days=DAYS, waves=(WAVE,)))
    lines = [as_unicode_json(document) for document in simulation.documents()]
    times = [json.loads(line)["event_time"] for line in lines]
    for at in range(0, len(lines) - 1, 3):
        if times[at + 1] - times[at] < 9_000:
            lines[at : at + 2] = lines[at + 1], lines[at]
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def offline(history: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The waves of `ringwatch score --incidents`."""
    graph, pseudonyms, folder = GraphSettings(), Pseudonyms(KEY.encode()), tmp_path_factory.mktemp("offline")
    decider = Decider(graph, load_scorer(PRETRAINED, graph), PolicySettings(), pseudonyms)
    told = IncidentReplay(IncidentSettings()), folder / "incidents.jsonl"
    score_files(Replay(graph, EventParser(graph, pseudonyms)), decider, [history], folder / "decisions.jsonl", incidents=told)
    return waves_in(json.loads(line) for line in told[1].read_text().splitlines())


def waves_in(documents: object) -> list[dict]:
    """The revisions of waves, in one order; several are told at once, and which comes first says nothing."""
    waves = [document for document in documents if document.get("kind") == "wave"]  # type: ignore[attr-defined]
    return sorted(waves, key=lambda document: (document["id"], document["revision"]))


def test_the_replay_finds_the_wave(offline: list[dict]) -> None:
    refunds = [document for document in offline if document["ring"] == "wave-refund_request-new"]
    assert refunds[0]["status"] == "opened" and refunds[-1]["status"] == "closed"
    assert WAVE.start < refunds[0]["told_at"] <= WAVE.start + HOUR_MS
    assert abs(refunds[-1]["alerts"] - WAVE.events) <= 3


@pytest.fixture
def job(history: Path, redis_url: str, tmp_path: Path) -> JobProcess:
    return JobProcess(tmp_path / "job", history, redis_url, f"{tmp_path.name}:", (), {"RINGWATCH_PSEUDONYM_KEY": KEY})


def published(job: JobProcess) -> list[dict]:
    """The revisions of waves that are in Redis."""
    client = redis.Redis.from_url(job.redis_url, decode_responses=True)
    entries = job.stream(client, "incidents")
    client.close()
    return waves_in(entry["json"] for entry in entries)


@pytest.mark.long  # the killed job below shows the same, and more
@pytest.mark.parametrize("early", ["false", "true"])
def test_the_jobs_waves_are_those_of_the_replay(early: str, job: JobProcess, offline: list[dict]) -> None:
    job.run("--set", f"job.early_approval={early}")
    waves = published(job)
    assert waves == offline
    assert are_told(waves)


def are_told(waves: list[dict]) -> bool:
    return all(document["writer"]["name"] == "template" and document["headline"] for document in waves)


@pytest.mark.cluster
def test_a_killed_job_counts_every_event_once(job: JobProcess, offline: list[dict]) -> None:
    often = ("--set", "job.checkpoint_interval_s=0.5", "--set", "job.early_approval=true")
    process = job.start("--bounded", *often)
    wait_for(lambda: process.poll() is not None or len(list(job.checkpoints.glob("*/chk-*/_metadata"))) > 0, "a checkpoint")
    wait_for(lambda: process.poll() is not None or bool(published(job)), "a wave")
    assert process.poll() is None, "it ended before it could be killed"
    job.kill(process)
    job.run("--resume", *often)
    waves = published(job)
    assert waves == offline
    assert are_told(waves)


def _closed(documents: Iterable[dict]) -> list[tuple[str, int]]:
    """Kind of events and how many, of each wave that is over."""
    return sorted((document["ring"], document["alerts"]) for document in documents if document["status"] == "closed")


@pytest.mark.cluster
def test_two_subtasks_lose_no_event(job: JobProcess, offline: list[dict]) -> None:
    job.run("--parallelism", "2")
    assert _closed(published(job)) == _closed(offline)
