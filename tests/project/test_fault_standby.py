"""When the fault suite takes a job for back: not while what ran before its JobManager ended is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from flink_job.cluster.rest import ClusterError
from tests.faults.rig import FaultJob, Rig
from tests.faults.standby import _runs

STRUCK_MS = 1_000.0
BACK: dict[str, Any] = {
    "vertices": [{"status": "RUNNING", "start-time": 1_500}],
    "registered": ["taskmanager-1", "taskmanager-2"],
    "slots": 2,
    "free": 1,
}
"""What a cluster answers whose job is back: two TaskManagers, of which one runs the only task."""


def runs(**otherwise: Any) -> bool:
    said = {**BACK, **otherwise}
    vertices = said["vertices"]

    def since(job: str, since_ms: float) -> bool:
        if vertices is None:
            raise ClusterError("no leader")
        return bool(vertices) and all(one["status"] == "RUNNING" and one["start-time"] >= since_ms for one in vertices)

    rest = SimpleNamespace(
        all_running_since=since,
        taskmanagers=lambda: said["registered"],
        slots=lambda: said["slots"],
        free_slots=lambda: said["free"],
    )
    processes = {"jobmanager-2": 1, "taskmanager-1": 2, "taskmanager-2": 3, "zookeeper": 4}
    cluster = SimpleNamespace(rest=rest, cluster=SimpleNamespace(pids=lambda: processes))
    rig, job = cast(Rig, SimpleNamespace(cluster=cluster)), cast(FaultJob, SimpleNamespace(job="a", parallelism=1))
    return _runs(rig, job, STRUCK_MS)


def test_a_job_that_was_started_anew_is_back() -> None:
    assert runs()


@pytest.mark.parametrize(
    "otherwise",
    [
        {"vertices": None},
        {"vertices": []},
        {"vertices": [{"status": "RUNNING", "start-time": 900}]},
        {"vertices": [*BACK["vertices"], {"status": "DEPLOYING", "start-time": 1_500}]},
        {"registered": ["taskmanager-1"], "slots": 1, "free": 0},
        {"free": 0},
    ],
    ids=["nobody leads", "its graph is being made", "what ran before", "a task does not run yet", "one is not registered", "both work"],
)
def test_one_that_is_not_yet_started_is_not(otherwise: dict[str, Any]) -> None:
    assert not runs(**otherwise)
