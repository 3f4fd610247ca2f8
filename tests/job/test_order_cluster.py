"""On a cluster neither a fault nor another parallelism changes a decision, whatever `job.order` is."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.events.time_order import ARRIVAL, EVENT_TIME
from domain.simulator import SimulatorSettings, simulate
from domain.times import DAY_MS
from tests.job.test_cluster import published
from tests.job.test_job import KEY, POLICY_OPTIONS, replayed
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import JobProcess, wait_for, without_clock
from tests.support.shuffled_arrival import shuffled, time_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EVENTS, PARTS = 12_000, 4
LAG_S = 600
SUBTASKS = 4
LAST = "last"
"""Id of an event three days after all others: over such a gap the clock leaps, so they go on. It waits."""
# A restart on a slow machine would be a silence, and let go what waits for those that come late.
NO_SILENCE = ("--set", 'job.flink={"table.exec.source.idle-timeout": "1 h"}')
OPTIONS = (
    *POLICY_OPTIONS,
    *NO_SILENCE,
    *(f"--set=job.{one}" for one in (f"out_of_order_s={LAG_S}", "checkpoint_interval_s=1", "discover_s=1")),
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    options = ("cluster.taskmanager_memory=1200m", f"job.parallelism={SUBTASKS}")
    with ClusterProcess(tmp_path_factory.mktemp("cluster"), SUBTASKS, options, {"RINGWATCH_PSEUDONYM_KEY": KEY}) as cluster:
        yield cluster


def parts(folder: Path, documents: list[dict[str, Any]]) -> list[Path]:
    """The documents in files."""
    files, share = [folder / f"{number}.jsonl" for number in range(PARTS)], -(-len(documents) // PARTS)
    for number, file in enumerate(files):
        file.write_text("".join(json.dumps(document) + "\n" for document in documents[number * share : (number + 1) * share]))
    return files


def late(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A history as it came, up to `LAG_S` late: in files, some of its events wait at the end of each."""
    documents = shuffled(documents, LAG_S, 1)
    last = next(document for document in reversed(documents) if "is_fraud" not in document)
    return [*documents, {**last, "event_id": LAST, "event_time": time_of(last) + 3 * DAY_MS}]


@pytest.mark.parametrize("order", [EVENT_TIME, ARRIVAL])
def test_killed_at_four_subtasks_and_stopped_and_gone_on_with_two(
    order: str, cluster: ClusterProcess, redis_url: str, stream_prefix: str, tmp_path: Path
) -> None:
    history = list(simulate(SimulatorSettings(events=EVENTS, seed=21, days=3.6)).documents())
    files = parts(tmp_path, late(history) if order == EVENT_TIME else history)
    offline = replayed(files, tmp_path / "offline.jsonl", lag_s=LAG_S if order == EVENT_TIME else None)
    assert (LAST in offline) == (order == EVENT_TIME)
    offline.pop(LAST, None)
    assert len(offline) == EVENTS
    source = tmp_path / "incoming"
    source.mkdir()
    job = JobProcess(tmp_path / "job", source, redis_url, stream_prefix, OPTIONS)

    def comes() -> None:
        part = files.pop(0)
        part.rename(source / part.name)

    with redis.Redis.from_url(redis_url, decode_responses=True) as client:

        def more_alerts() -> None:
            """Wait for some of those that the events bring which have come."""
            before = alerts()
            comes()
            wait_for(lambda: alerts() > before + 10, "alerts")

        def alerts() -> int:
            return int(client.xlen(f"{job.prefix}alerts"))

        comes()
        running = cluster.submit(job, f"--set=job.order={order}", "--parallelism", str(SUBTASKS))
        more_alerts()
        seen = cluster.checkpoints(running)
        wait_for(lambda: cluster.checkpoints(running) > seen, "a checkpoint after the first alerts")
        killed_ms = 1000 * time.time()
        cluster.kill("taskmanager-2")
        cluster.start_again("taskmanager-2")
        wait_for(lambda: cluster.rest.all_running_since(running, killed_ms), "the job's tasks after the kill")
        more_alerts()
    savepoint = cluster.stop_job()
    if order == EVENT_TIME:
        with pytest.raises(AssertionError, match=r"job\.order is arrival, and .* was made with event_time"):
            cluster.submit(job, "--from", savepoint, "--parallelism", "2")
    comes()
    assert not files
    cluster.submit(job, f"--set=job.order={order}", "--from", savepoint, "--parallelism", "2")
    wait_for(lambda: published(job) >= EVENTS, "all decisions")
    cluster.command("cancel-job")
    assert set(Counter(document["event_id"] for document in job.decided()).values()) == {1}
    decided = without_clock(job.decided())
    assert decided.keys() == offline.keys()
    assert [event_id for event_id in offline if decided[event_id] != offline[event_id]] == []
