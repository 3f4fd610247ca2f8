"""The real job while its Redis moves: to another node of a cluster, to a replica of a node or of a primary.

What it leaves is what a run leaves whose Redis stays.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from domain.simulator import SimulatorSettings, simulate
from ops.redis.connection import connect
from tests import ROOT
from tests.faults.outcome import Difference, Outcome, outcome_of
from tests.support.job_process import JOB_TIMEOUT_S, JobProcess, wait_for
from tests.support.redis_clusters import Cluster, Watched, until

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(300)]

EVENTS = 6_000
# low, so that a small history raises enough alerts
OPTIONS = ("policy.investigate_at=0.2", "policy.block_at=0.6", "job.checkpoint_interval_s=1")
SAME = dict.fromkeys(("decisions", "alerts", "incidents"), Difference(0, 0, 0))
PASSWORD, PREFIX = "pa55", "ringwatch:"
REPEATED = ("in Redis before", "restarted")
"""What the summary says of a job that did not know its own writes again, or did not wait but failed."""
RETRIED_S = 1.5
"""Longer than a write waits for a replica."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated events, a broken line now and then."""
    events = simulate(SimulatorSettings(events=EVENTS, seed=15, fraud_share=0.08)).documents()
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    path.write_text("".join(json.dumps(event) + ("\n{\n" if index % 500 == 9 else "\n") for index, event in enumerate(events)))
    return path


@pytest.fixture(scope="module")
def clean(source: Path, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What a run leaves whose Redis stays."""
    job = job_of(tmp_path_factory.mktemp("clean"), source, redis_url, "stays:")
    job.run()
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        return left_by(job, client)


def job_of(folder: Path, source: Path, url: str, prefix: str, *options: str, secret_url: str = "") -> JobProcess:
    words = tuple(word for one in (*OPTIONS, *options) for word in ("--set", one))
    environment = {"RINGWATCH_PSEUDONYM_KEY": "a key for the tests", **({"RINGWATCH_REDIS_URL": secret_url} if secret_url else {})}
    return JobProcess(folder, source, url, prefix, words, environment)


def left_by(job: JobProcess, client: redis.Redis) -> Outcome:
    streams = {name: [entry["json"] for entry in job.stream(client, name)] for name in ("alerts", "incidents", "rejected")}
    return outcome_of(job.decided(), streams)


def run_through(job: JobProcess, clean: Outcome, changes: Sequence[Callable[[], None]]) -> Outcome:
    """Run a job, with each change made while it writes; return what it left."""
    with connect(job.redis_url, job.prefix, 2.0) as client:
        process = job.start("--bounded")
        try:
            for number, change in enumerate(changes, 1):
                enough = len(clean.alerts) * number // (len(changes) + 2)
                wait_for(lambda enough=enough: process.poll() is not None or alerts(job, client) >= enough, "alerts")  # type: ignore[misc]
                assert process.poll() is None, f"the job ended before the change:\n{job.output()}"
                assert alerts(job, client) < len(clean.alerts), "the change came after the last alert: nothing was tested"
                change()
            assert process.wait(JOB_TIMEOUT_S) == 0, job.output()
        finally:
            if process.poll() is None:
                job.kill(process)
        return left_by(job, client)


def alerts(job: JobProcess, client: redis.Redis) -> int:
    """How many there are; 0 while nobody answers."""
    try:
        return int(client.xlen(f"{job.prefix}alerts"))
    except RedisError:
        client.connection_pool.disconnect()
        return 0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "servers") as cluster:
        yield cluster


def test_a_slot_that_moves_and_a_node_that_dies_change_nothing(cluster: Cluster, source: Path, clean: Outcome, tmp_path: Path) -> None:
    """The node that dies has just got the slot; it comes back as the replica of the one that took over."""
    first, second, _ = cluster.ports
    _, replica = cluster.add_replica(first), cluster.add_replica(second)
    prefix = cluster.prefix_at(first)
    slot = key_slot(prefix.encode())
    job = job_of(tmp_path / "job", source, f"redis://127.0.0.1:{first}/0", prefix, "redis.replicas=1")

    def kill() -> None:
        cluster.kill(second)
        until(lambda: cluster.client(replica).info("replication")["role"] == "master")
        cluster.node(second)

    found = run_through(job, clean, [lambda: cluster.move_slot(slot, second), kill])
    assert cluster.owner(slot) == replica
    assert (found.against(clean), found.rejected) == (SAME, clean.rejected)
    assert not any(words in job.output() for words in REPEATED)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path / "servers") as watched:
        yield watched


def permit(client: Any, *more: str) -> None:
    """Make the user that docs/operate.md shows for the job, with `more` of what it names beside."""
    shown = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    rule = shown[shown.index("ACL SETUSER ringwatch") :].partition("```")[0].replace("\\\n", " ").replace("PASSWORD", PASSWORD)
    client.execute_command(*rule.split(), *more)


@pytest.mark.long
def test_a_primary_that_dies_changes_nothing(watched: Watched, source: Path, clean: Outcome, tmp_path: Path) -> None:
    """Its user may do what the documentation lists and nothing else.

    Before the primary dies its replica is cut off: a write is repeated, and one that counted would be lost.
    """
    before, after = watched.ports
    for port in watched.ports:
        permit(watched.client(port), "+role", "+wait")
    watched.save_users()
    watched.client(watched.sentinel).execute_command(
        "ACL", "SETUSER", "sentry", "on", f">{PASSWORD}", "+sentinel|get-master-addr-by-name"
    )  # fmt: skip
    secret = watched.url.replace("//", f"//ringwatch:{PASSWORD}@") + f"?sentinel_username=sentry&sentinel_password={PASSWORD}"
    job = job_of(tmp_path / "job", source, watched.url, PREFIX, "redis.replicas=1", secret_url=secret)

    def fail_over() -> None:
        with watched.paused(after):
            watched.client(before).client_kill_filter(_type="slave")
            time.sleep(RETRIED_S)
            watched.kill(before)
        until(lambda: watched.primary() == after)
        watched.follow(before, after)

    found = run_through(job, clean, [fail_over])
    assert (found.against(clean), found.rejected) == (SAME, clean.rejected)
    assert not any(words in job.output() for words in REPEATED)
