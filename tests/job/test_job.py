"""The real job on a local Flink: what only it can show."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import redis
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from domain.decisions.decision import APPROVE
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.extractor import FeatureBatch, FeatureExtractor
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.cli import TERMINATED
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import score_files
from gnn.scoring.scorer import CalibratedScorer
from tests.support.job_process import JobProcess, wait_for, without_clock
from tests.support.model_health import check_health, with_second_labels

pytestmark = [pytest.mark.flink, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS = 4000
# low, so that a small history raises enough alerts
POLICY = PolicySettings(investigate_at=0.2, block_at=0.6)
POLICY_OPTIONS = ("--set", "policy.investigate_at=0.2", "--set", "policy.block_at=0.6")
BROKEN = (b"{", b"\xff\xfe", b'{"event_id": "x"}', b"[]", b'{"event_id":"n","event_type":"order","amount":NaN}', b"x" * 100_000)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated events with labels, repeated ones of both, withdrawn labels and broken lines in between."""
    documents = simulate(SimulatorSettings(events=EVENTS, seed=11, fraud_share=0.08)).documents()
    lines = [json.dumps(document, ensure_ascii=False).encode() for document in with_second_labels(documents)]
    mixed: list[bytes] = []
    for index, line in enumerate(lines):
        mixed.append(line)
        if index % 400 == 7:
            mixed.append(line)  # a duplicate
        if index % 500 == 9:
            mixed.append(BROKEN[index // 500 % len(BROKEN)] + str(index).encode())
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    path.write_bytes(b"\n".join(mixed) + b"\n")
    return path


def replayed(
    history: Path | list[Path], out: Path, policy: PolicySettings = POLICY, incidents: Path | None = None, lag_s: float | None = None
) -> dict[str, dict]:
    """What `ringwatch score` decides; with `lag_s` in the order of time."""
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY.encode())
    decider = Decider(graph, load_scorer(PRETRAINED, graph), policy, pseudonyms)
    replay = Replay(graph, EventParser(graph, pseudonyms), lag_s=lag_s)
    told = (IncidentReplay(IncidentSettings()), incidents) if incidents else None
    score_files(replay, decider, history if isinstance(history, list) else [history], out, incidents=told)
    return without_clock(json.loads(line) for line in out.read_text().splitlines())


@pytest.fixture(scope="module")
def finished(history: Path, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> JobProcess:
    """One run of the whole history at parallelism 1."""
    job = _job(tmp_path_factory.mktemp("job"), history, redis_url, "one:")
    job.run()
    return job


@pytest.fixture(scope="module")
def early(history: Path, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> JobProcess:
    """The same with early approval."""
    job = _job(tmp_path_factory.mktemp("job"), history, redis_url, "early:", "--set", "job.early_approval=true")
    job.run()
    return job


@pytest.fixture(scope="module")
def two_subtasks(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> JobProcess:
    """One run with the settings as shipped, as dense in time as 100,000 events of a month: events that swap
    places are minutes apart.
    """
    folder = tmp_path_factory.mktemp("two")
    source = folder / "events.jsonl"
    documents = simulate(SimulatorSettings(events=12_000, seed=13, days=3.6)).documents()
    source.write_text("".join(json.dumps(document) + "\n" for document in documents))
    job = JobProcess(folder / "job", source, redis_url, "two:", environment={"RINGWATCH_PSEUDONYM_KEY": KEY})
    job.run("--parallelism", "2")
    return job


def _job(folder: Path, source: Path, redis_url: str, prefix: str, *extra: str, environment: dict[str, str] | None = None) -> JobProcess:
    secrets = {"RINGWATCH_PSEUDONYM_KEY": KEY, **(environment or {})}
    return JobProcess(folder, source, redis_url, prefix, (*POLICY_OPTIONS, *extra), secrets, least_rights=True)


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    yield client
    client.close()


def disagreements(streamed: dict[str, dict], offline: dict[str, dict]) -> list[str]:
    """Ids whose score differs by more than 1e-6 or that only one side decided."""
    return [
        event_id
        for event_id in streamed.keys() | offline.keys()
        if event_id not in streamed or event_id not in offline or abs(streamed[event_id]["score"] - offline[event_id]["score"]) > 1e-6
    ]


def test_every_event_is_decided_once(finished: JobProcess) -> None:
    times = Counter(document["event_id"] for document in finished.decided())
    assert len(times) == EVENTS
    assert set(times.values()) == {1}


def test_streamed_equals_replayed(finished: JobProcess, history: Path, tmp_path: Path) -> None:
    streamed = without_clock(finished.decided())
    offline = replayed(history, tmp_path / "offline.jsonl")
    assert disagreements(streamed, offline) == []
    assert [event_id for event_id in streamed if streamed[event_id]["decision"] != offline[event_id]["decision"]] == []


@pytest.mark.cluster
def test_early_approval_decides_the_same(early: JobProcess, history: Path, tmp_path: Path) -> None:
    streamed = without_clock(early.decided())
    assert disagreements(streamed, replayed(history, tmp_path / "offline.jsonl")) == []
    assert {document["decision"] for document in streamed.values()} == {"approve", "investigate", "block"}, "both ways were taken"


def test_the_comparison_notices_one_broken_feature(
    finished: JobProcess, history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intact = FeatureExtractor.extract

    def broken(self: FeatureExtractor, trails: list[bytes]) -> FeatureBatch:
        batch = intact(self, trails)
        names = [feature.name for feature in self.node_features[1]]
        device = batch.entities[1]
        node = np.array(device.node)
        node[:, names.index("device.accounts")] = 0.0
        return FeatureBatch(batch.event, (batch.entities[0], replace(device, node=node), *batch.entities[2:]))

    # scored in batches, from the extractor's columns
    monkeypatch.setattr(CalibratedScorer, "compiled", lambda self: None)
    offline = replayed(history, tmp_path / "in-batches.jsonl")
    assert not disagreements(without_clock(finished.decided()), offline), "whatever the way to the score"
    monkeypatch.setattr(FeatureExtractor, "extract", broken)
    assert disagreements(without_clock(finished.decided()), replayed(history, tmp_path / "offline.jsonl"))


def test_broken_lines_are_dead_letters_with_their_reason(finished: JobProcess, client: redis.Redis) -> None:
    rejected = finished.stream(client, "rejected")
    assert len(rejected) == EVENTS // 500 + (EVENTS % 500 > 9) or len(rejected) >= 8
    assert all(entry["json"]["reason"].startswith(f"{entry['type']}: ") for entry in rejected)
    assert all(len(entry["json"]["raw"]) <= 4096 for entry in rejected)


def test_each_flagged_event_is_an_alert_once(finished: JobProcess, client: redis.Redis) -> None:
    flagged = {document["event_id"] for document in finished.decided() if document["decision"] != APPROVE}
    alerts = Counter(entry["id"] for entry in finished.stream(client, "alerts"))
    assert len(flagged) > 20
    assert alerts == Counter(flagged)
    first = finished.stream(client, "alerts")[0]
    assert {"id", "type", "severity", "time", "json"} <= first.keys()
    assert first["json"]["reasons"], "a flagged event says why"
    assert first["json"]["ring"]


def test_every_alert_is_in_exactly_one_incident(finished: JobProcess, client: redis.Redis) -> None:
    incidents = finished.stream(client, "incidents")
    revisions = Counter((entry["id"], entry["revision"]) for entry in incidents)
    assert set(revisions.values()) == {1}
    closed = {entry["id"]: entry["json"]["alerts"] for entry in incidents if entry["json"]["status"] == "closed"}
    assert closed.keys() == {entry["id"] for entry in incidents}
    assert sum(closed.values()) == len(finished.stream(client, "alerts"))
    assert all(entry["headline"] and entry["json"]["writer"]["name"] == "template" for entry in incidents)


def test_the_jobs_incidents_are_those_of_the_replay(finished: JobProcess, history: Path, tmp_path: Path, client: redis.Redis) -> None:
    """Last revisions: when an earlier revision is published may depend on how far the watermark has come."""
    told = tmp_path / "incidents.jsonl"
    replayed(history, tmp_path / "offline.jsonl", incidents=told)
    offline = [json.loads(line) for line in told.read_text().splitlines()]
    assert closings(entry["json"] for entry in finished.stream(client, "incidents")) == closings(offline)
    rings = [document for document in offline if document["rings"] and document["status"] == "closed"]
    assert max(len(document["rings"]) for document in rings) > 1, "labels were joined"


def closings(documents: Iterable[dict]) -> dict[str, tuple[object, ...]]:
    names = ("ring", "alerts", "first_time", "last_time", "severity", "action", "money_at_risk", "merged_into", "rings", "headline")
    return {document["id"]: tuple(document[name] for name in names) for document in documents if document["status"] == "closed"}


@pytest.mark.cluster
def test_two_subtasks_agree_with_one(two_subtasks: JobProcess, tmp_path: Path) -> None:
    one = replayed(two_subtasks.source, tmp_path / "offline.jsonl", PolicySettings())
    two = without_clock(two_subtasks.decided())
    assert two == one


@pytest.mark.parametrize(
    ("run", "tallies"), [("finished", 1), *(pytest.param(name, 2, marks=pytest.mark.cluster) for name in ("early", "two_subtasks"))]
)
def test_health_says_how_scores_moved_and_what_labels_say(run: str, tallies: int, request: pytest.FixtureRequest) -> None:
    job: JobProcess = request.getfixturevalue(run)
    check_health(job, job.source, KEY, tallies)


@pytest.mark.cluster
def test_killed_job_goes_on_from_its_checkpoint(redis_url: str, client: redis.Redis, stream_prefix: str, tmp_path: Path) -> None:
    """Its source is a folder: the files keep their order over the restart."""
    source = tmp_path / "source"
    documents = list(simulate(SimulatorSettings(events=25_000, seed=12, fraud_share=0.05)).documents())
    files = _scattered([json.dumps(document) + "\n" for document in documents], source)
    (source / "a" / "month-3b.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (source / "a" / "_half").write_bytes(b"{")
    job = _job(tmp_path / "job", source, redis_url, stream_prefix, "--set", "job.checkpoint_interval_s=1")
    process = job.start("--bounded")
    wait_for(lambda: process.poll() is not None or client.xlen(f"{job.prefix}alerts") > 100, "alerts")
    seen = len(list(job.checkpoints.glob("*/chk-*/_metadata")))
    wait_for(lambda: process.poll() is not None or _newest(job) > seen, "a checkpoint after the first alerts")
    assert process.poll() is None, f"the job ended before it could be killed:\n{job.output()}"
    before = client.xlen(f"{job.prefix}alerts")
    job.kill(process)
    job.run("--resume")

    offline = replayed(files, tmp_path / "offline.jsonl")
    times = Counter(document["event_id"] for document in job.decided())
    assert set(times.values()) == {1}
    assert disagreements(without_clock(job.decided()), offline) == []
    alerts = Counter(entry["id"] for entry in job.stream(client, "alerts"))
    assert alerts == Counter(event_id for event_id, document in offline.items() if document["decision"] != APPROVE)
    assert sum(alerts.values()) > before, "the kill came after the last alert: nothing was tested"
    incidents = job.stream(client, "incidents")
    assert set(Counter((entry["id"], entry["revision"]) for entry in incidents).values()) == {1}
    closed = {entry["id"]: entry["json"]["alerts"] for entry in incidents if entry["json"]["status"] == "closed"}
    assert sum(closed.values()) == sum(alerts.values())
    (told,) = job.stream(client, "rejected")
    assert told["json"]["reason"] == f"source: {source}/a/month-3b.zip is no file of lines but a zip archive: unpack it"


def _scattered(lines: list[str], folder: Path) -> list[Path]:
    """Write a history as twelve files, made in another order than that of their names.

    Returns them in the order of the history.
    """
    size = -(-len(lines) // 12)
    parts = {folder / ("b" if part > 9 else "a") / f"month-{part}.jsonl": lines[(part - 1) * size : part * size] for part in range(1, 13)}
    for path, part in sorted(parts.items(), key=lambda item: item[0].name[::-1]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(part))
    return list(parts)


def _newest(job: JobProcess) -> int:
    """Number of the newest complete checkpoint."""
    return max((int(path.parent.name.removeprefix("chk-")) for path in job.checkpoints.glob("*/chk-*/_metadata")), default=0)


@pytest.mark.cluster
def test_summaries_come_from_the_configured_endpoint_and_decisions_are_printed(
    history: Path, redis_url: str, client: redis.Redis, tmp_path: Path, httpserver: HTTPServer
) -> None:
    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer test-key"
        draft = {
            "headline": "Incident with {F1}",
            "explanation": "There are {F1} in this incident.",
            "pattern": "unclear",
            "next_steps": ["Review the accounts of this ring."],
        }
        message = {"role": "assistant", "content": json.dumps(draft)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": [choice]}
        body["usage"] = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions", method="POST").respond_with_handler(answer)
    source = tmp_path / "events.jsonl"
    source.write_bytes(b"".join(history.read_bytes().splitlines(keepends=True)[:1500]))
    wide = {"requests_per_minute": 100_000, "tokens_per_minute": 1_000_000_000, "money_per_day": 1000, "batch": 1, "queue": 1000}
    # a bounded run closes all at once
    bounds = [word for name, value in wide.items() for word in ("--set", f"llm.{name}={value}")]
    endpoint = ("--set", f"llm.base_url={httpserver.url_for('/v1')}", "--set", "llm.model=scripted", *bounds)
    options = (*endpoint, "--decisions", "print:")
    job = _job(tmp_path / "job", source, redis_url, "llm:", *options, environment={"RINGWATCH_LLM_API_KEY": "test-key"})
    job.run()
    printed = [line for line in (job.folder / "output.txt").read_text().splitlines() if line.startswith('{"event_id":')]
    decided = replayed(source, tmp_path / "offline.jsonl")
    assert Counter(json.loads(line)["event_id"] for line in printed) == Counter(decided.keys())
    incidents = job.stream(client, "incidents")
    assert incidents
    assert all(re.fullmatch(r"Incident with (one|\d+) alerts?", entry["headline"]) for entry in incidents)
    assert {(entry["json"]["writer"]["name"], entry["json"]["writer"]["model"]) for entry in incidents} == {("llm", "scripted")}


@pytest.mark.cluster
def test_continuous_source_takes_in_new_files_and_stops_on_term(history: Path, redis_url: str, tmp_path: Path) -> None:
    lines = history.read_bytes().splitlines(keepends=True)[:300]
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "1.jsonl").write_bytes(b"".join(lines[:150]))
    # so that the worker has to score, too
    options = ("job.discover_s=1", "job.checkpoint_interval_s=1", "policy.investigate_at=0.001")
    temp = tmp_path / "temp"
    temp.mkdir()
    words = (word for option in options for word in ("--set", option))
    job = _job(tmp_path / "job", folder, redis_url, "continuous:", *words, environment={"TMPDIR": str(temp)})
    process = job.start()
    try:
        in_progress = job.decisions
        wait_for(lambda: process.poll() is not None or _lines_below(in_progress) >= 100, "decisions of the first file")
        client = psutil.Process(process.pid)  # in a local job it also scores
        (java,) = (child for child in client.children() if child.name() == "java")
        if hasattr(os, "SCHED_BATCH"):  # Linux
            assert _policies(java) == {os.SCHED_BATCH}, "job.batch_scheduling"
            wait_for(lambda: _policies(client) == {os.SCHED_BATCH}, "job.batch_scheduling of the scoring worker")
        first = _lines_below(in_progress)
        (folder / ".2.jsonl").write_bytes(b"".join(lines[150:]))
        (folder / ".2.jsonl").rename(folder / "2.jsonl")
        wait_for(lambda: process.poll() is not None or _lines_below(in_progress) >= first + 100, "decisions of the second file")
        seen = _newest(job)
        wait_for(lambda: process.poll() is not None or _newest(job) > seen, "a checkpoint to resume from")
        # Flink names a checkpoint complete a moment before the files that it closes are named as readable
        wait_for(lambda: process.poll() is not None or len(job.decided()) >= 100, "decisions readable after a checkpoint", 120)
        assert process.poll() is None, job.output()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == TERMINATED
        assert "with --resume" in job.output()
        assert list(temp.iterdir()) == [], "nothing of Java's is left"
    finally:
        if process.poll() is None:
            job.kill(process)


def _policies(process: psutil.Process) -> set[int]:
    """How Linux schedules its threads."""
    policies = set()
    for thread in process.threads():
        with suppress(OSError):  # it has ended
            policies.add(os.sched_getscheduler(thread.id))
    return policies


def _lines_below(folder: Path) -> int:
    """Lines of all files, those in progress included."""
    lines = 0
    for path in folder.glob("*"):  # hidden ones, too
        with suppress(FileNotFoundError):  # it is renamed when it is whole
            lines += path.read_bytes().count(b"\n")
    return lines
