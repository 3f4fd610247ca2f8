"""Raw lines in enriched documents, turned on and off over savepoints in the middle of the stream."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.job.test_job import POLICY, POLICY_OPTIONS
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import JobProcess, wait_for, without_clock
from tests.support.mode_documents import KEY, Streams, muddled, offline

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

EVENTS = 20_000
"""A third for each job, some seconds of work, so that a savepoint comes in its middle."""
LEFT_OUT = ("--set", "job.flink.execution.state-recovery.ignore-unclaimed-state=true")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    with ClusterProcess(tmp_path_factory.mktemp("cluster"), 1, (), {"RINGWATCH_PSEUDONYM_KEY": KEY}) as cluster:
        yield cluster


def options(with_raw: bool) -> tuple[str, ...]:
    places = ("job.enriched=redis:enriched", "job.enriched_features=true", f"job.enriched_raw={str(with_raw).lower()}")
    return (*POLICY_OPTIONS, *(word for setting in (*places, "job.checkpoint_interval_s=1") for word in ("--set", setting)))


def test_turned_on_and_off_over_savepoints(
    cluster: ClusterProcess, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    """None is lost, doubled or without its line: neither half of one waits at a savepoint."""
    events, folder = muddled(tmp_path, EVENTS), tmp_path / "in"
    expected = offline(events, tmp_path, POLICY, with_raw=True).enriched
    folder.mkdir()
    lines = events.read_text().split("\n")
    third = len(lines) // 3
    job, streams = JobProcess(tmp_path / "job", folder, redis_url, stream_prefix, options(False)), Streams(redis_client, stream_prefix)

    def feed(number: int) -> None:
        events.write_text("\n".join(lines[number * third : (number + 1) * third if number < 2 else None]) + "\n" * (number < 2))
        events.rename(folder / f"{number}.jsonl")

    def stopped(share: float) -> tuple[str, str]:
        wait_for(lambda: redis_client.xlen(f"{stream_prefix}enriched") >= share * EVENTS, "enriched documents")
        return "--from", cluster.stop_job()

    feed(0)
    cluster.submit(job)
    savepoint = stopped(0.1)
    feed(1)
    job.extra = options(True)
    cluster.submit(job, *savepoint)
    savepoint = stopped(0.4)
    feed(2)
    job.extra = options(False)
    cluster.submit(job, *savepoint, *LEFT_OUT)
    wait_for(lambda: redis_client.xlen(f"{stream_prefix}enriched") >= EVENTS, "all enriched documents")
    cluster.command("cancel-job")
    found = streams.documents("enriched")
    assert [has_raw for has_raw, _ in groupby(found, lambda one: "raw" in one)] == [False, True, False]
    assert len(found) == len(expected) == EVENTS
    there = without_clock(found)
    assert there == {name: one if "raw" in there[name] else without_raw(one) for name, one in expected.items()}


def without_raw(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "raw"}
