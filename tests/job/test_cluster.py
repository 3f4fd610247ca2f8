"""The real job on a standalone cluster: submissions, stop with savepoint, rescaling, a killed TaskManager."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from deploy.grafana.metric import FLINKS_OWN
from domain.decisions.decision import APPROVE
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.last_state import last_state
from flink_job.settings.metrics_reporter import METRICS, OF_A_CONTROL_STREAM, OF_AN_ORDER, OF_RAW_LINES, OF_REDIS_STREAMS
from flink_job.settings.state_folder import state_folder
from tests.job.test_job import KEY, POLICY_OPTIONS, disagreements, replayed
from tests.job.test_job_control import all_names, scraped
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import JobProcess, wait_for, without_clock

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

EVENTS = 60_000
"""Some ten seconds of work: what kills the job takes a second or two and must come before the end."""
PROMETHEUS = range(29_249, 29_269)
"""Each process of the cluster takes the first free one."""
OPTIONS = (*POLICY_OPTIONS, "--set", "job.checkpoint_interval_s=1", "--set", "job.discover_s=1")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    options = (f"job.metrics_port={PROMETHEUS.start}-{PROMETHEUS.stop - 1}",)
    with ClusterProcess(tmp_path_factory.mktemp("cluster"), 2, options, {"RINGWATCH_PSEUDONYM_KEY": KEY}) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the source watches."""
    folder = tmp_path_factory.mktemp("history")
    documents = simulate(SimulatorSettings(events=EVENTS, seed=21, fraud_share=0.08)).documents()
    (folder / "events.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents))
    return folder


@pytest.fixture(scope="module")
def offline(history: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What an uninterrupted `ringwatch score` decides."""
    return replayed(history / "events.jsonl", tmp_path_factory.mktemp("offline") / "decisions.jsonl")


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def published(job: JobProcess) -> int:
    """Decisions in complete files; a file is complete 15 s after its last decision."""
    return sum(path.read_bytes().count(b"\n") for path in job.decisions.glob("*.jsonl"))


def check_outputs(job: JobProcess, client: redis.Redis, offline: dict[str, dict]) -> list[str]:
    """Ids decided otherwise than offline, after everything has been found to be there exactly once."""
    wait_for(lambda: published(job) >= len(offline), "all decisions", 120)
    times = Counter(document["event_id"] for document in job.decided())
    assert times.keys() == offline.keys(), "lost decisions"
    assert set(times.values()) == {1}, "doubled decisions"
    decided = without_clock(job.decided())
    flagged = {event_id for event_id, document in decided.items() if document["decision"] != APPROVE}
    assert Counter(entry["id"] for entry in job.stream(client, "alerts")) == Counter(flagged)
    revisions = Counter((entry["id"], entry["revision"]) for entry in job.stream(client, "incidents"))
    assert revisions
    assert set(revisions.values()) == {1}
    return disagreements(decided, offline)


def test_stopped_with_savepoint_and_rescaled(
    cluster: ClusterProcess, history: Path, offline: dict[str, dict], redis_url: str, client: redis.Redis, tmp_path: Path
) -> None:
    """1 -> 2 -> 1 subtasks in the middle of the file: three submissions to the same TaskManagers."""
    job = JobProcess(tmp_path / "job", history, redis_url, "rescaled:", OPTIONS)
    savepoint: tuple[str, ...] = ()
    for parallelism, share in ((1, 0.2), (2, 0.35)):
        cluster.submit(job, "--parallelism", str(parallelism), *savepoint)
        wait_for(lambda share=share: client.xlen("rescaled:alerts") > share * alerts(offline), "alerts")
        if parallelism == 1:
            wait_for(lambda: not missing_metrics(), "all metrics", 120)
            with pytest.raises(AssertionError, match=r"job\.checkpoint_dir: job \w+ at http\S+ is using"):
                cluster.submit(job, "--resume")
        savepoint = ("--from", cluster.stop_job()) if parallelism == 1 else ("--resume",)
        if parallelism == 2:
            stopped = cluster.stop_job()
            assert last_state(job.checkpoints) == state_folder(stopped), "what --resume goes on from"
        assert client.xlen("rescaled:alerts") < alerts(offline), "stopped after the last alert: nothing was tested"
    cluster.submit(job, *savepoint)
    differing = check_outputs(job, client, offline)
    cluster.command("cancel-job")
    assert differing == [], f"{len(differing)} of {EVENTS} decided otherwise than offline"


def missing_metrics() -> set[str]:
    """Metrics that no process of the cluster tells of over HTTP, those that dashboards ask for among them."""
    found = {name for port in PROMETHEUS for name in scraped(port)}
    every = {name for port in PROMETHEUS for name in all_names(port)}
    ours = {
        metric.exported for metric in METRICS if metric.name not in {*OF_A_CONTROL_STREAM, *OF_AN_ORDER, *OF_RAW_LINES, *OF_REDIS_STREAMS}
    }
    return (FLINKS_OWN - every) | (ours - found)


def alerts(offline: dict[str, dict]) -> int:
    return sum(document["decision"] != APPROVE for document in offline.values())


def test_killed_taskmanager_is_replaced_by_the_other_one(
    cluster: ClusterProcess,
    history: Path,
    offline: dict[str, dict],
    redis_url: str,
    client: redis.Redis,
    stream_prefix: str,
    tmp_path: Path,
) -> None:
    job = JobProcess(tmp_path / "job", history, redis_url, stream_prefix, OPTIONS)
    wait_for(lambda: cluster.rest.free_slots() == 2, "free slots", 120)
    running = cluster.submit(job)
    wait_for(lambda: client.xlen(f"{job.prefix}alerts") > 0.2 * alerts(offline), "alerts")
    seen = cluster.checkpoints(running)
    wait_for(lambda: cluster.checkpoints(running) > seen, "a checkpoint after the first alerts")
    host, began = cluster.host_of(running), time.monotonic()
    cluster.kill(host)
    try:
        before = client.xlen(f"{job.prefix}alerts")
        assert before < alerts(offline), "killed after the last alert: nothing was tested"
        wait_for(lambda: client.xlen(f"{job.prefix}alerts") > before, "alerts after the kill", 120)
        print(f"alerts again {time.monotonic() - began:.0f} s after kill -9 of {host}, which came after {before} of {alerts(offline)}")
        assert cluster.host_of(running) != host
        assert check_outputs(job, client, offline) == []
        cluster.command("cancel-job")
    finally:
        cluster.start_again(host)


def test_submission_with_another_key_is_refused(cluster: ClusterProcess, history: Path, redis_url: str, tmp_path: Path) -> None:
    job = JobProcess(tmp_path / "job", history, redis_url, "key:", OPTIONS)
    wait_for(lambda: cluster.rest.free_slots() > 0, "a free slot", 120)
    with pytest.raises(AssertionError, match="RINGWATCH_PSEUDONYM_KEY of this TaskManager is not the one the job was built with"):
        cluster.submit(job, environment={"RINGWATCH_PSEUDONYM_KEY": "another"})
    wait_for(lambda: cluster.rest.running() == [], "the end of the refused job", 120)
