"""Two JobManagers, of which one waits: what happens to a job when one of them, or ZooKeeper, is killed.

Nobody submits the job again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from flink_job.cluster.rest import ClusterError
from tests.faults.cases import AWAY_S, Case
from tests.faults.histories import decided_of
from tests.faults.rig import FaultJob, Rig
from tests.faults.runs import Row, clean_run, faulty, guarded
from tests.support.job_process import wait_for

WITHIN_S = 60.0
"""From the fault to the next alert, at most."""
_GRANTED = re.compile(r"^(\S+ \S+) .*DefaultDispatcherRunner was granted leadership", re.MULTILINE)


def leader(rig: Rig) -> str:
    """The JobManager that leads, by the logs."""
    names = [name for name in rig.cluster.cluster.pids() if name.startswith("jobmanager")]
    granted = {name: max(_GRANTED.findall(_log(rig, name)), default="") for name in names}
    return max(granted, key=lambda name: granted[name])


def _log(rig: Rig, name: str) -> str:
    """The newest log of a process."""
    files = [*rig.cluster.cluster.logs.glob(f"flink-{name}-standalonesession-*.log")]
    return max(files, key=lambda file: file.stat().st_mtime_ns).read_text(encoding="utf-8") if files else ""


def kill_leader(rig: Rig, job: FaultJob) -> None:
    rig.cluster.kill(leader(rig))
    _wait_for_the_other(rig, job)


def kill_leader_and_taskmanager(rig: Rig, job: FaultJob) -> None:
    host = job.host()
    rig.cluster.kill(leader(rig))
    rig.cluster.kill(host)
    _wait_for_the_other(rig, job)


def _wait_for_the_other(rig: Rig, job: FaultJob) -> None:
    """Wait until the job runs again: its tasks work on for some seconds after their JobManager has ended."""

    def runs() -> bool:
        try:
            return rig.cluster.rest.all_running(job.job)
        except ClusterError:
            return False

    wait_for(runs, "the job under another JobManager")


def kill_zookeeper(rig: Rig, job: FaultJob) -> None:
    rig.cluster.kill("zookeeper")
    time.sleep(AWAY_S)
    rig.heal()


STANDBY = {
    "jobmanager-standby": Case("kill -9 of the JobManager that leads; another one waits", kill_leader, within_s=WITHIN_S),
    "jobmanager-and-taskmanager": Case("the same, and kill -9 of the TaskManager at once", kill_leader_and_taskmanager, within_s=WITHIN_S),
    "zookeeper": Case("ZooKeeper killed for 30 s", kill_zookeeper, lasts_s=AWAY_S, within_s=WITHIN_S),
}


def standby_rows(folder: Path, wanted: Sequence[str], lines: Sequence[bytes]) -> Iterator[Row]:
    """The rows of the named cases, each as it is known."""
    if not wanted:
        return
    with Rig(folder, options=("cluster.jobmanagers=2",)) as rig:
        source = rig.publish("history", lines)
        clean = clean_run(FaultJob(rig, "clean-standby", source), decided_of(lines))
        for name in wanted:
            case = STANDBY[name]
            yield guarded(rig, name, case.what, partial(faulty, rig, name, case, partial(FaultJob, rig, name, source, 1), clean))
