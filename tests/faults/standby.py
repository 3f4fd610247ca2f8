"""Two JobManagers, of which one waits: what happens to a job when one of them, or ZooKeeper, is killed.

Nobody submits the job again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from flink_job.cluster.rest import ClusterError
from tests.faults.cases import AWAY_S, Case, Note
from tests.faults.histories import decided_of
from tests.faults.rig import FaultJob, Rig
from tests.faults.runs import Row, clean_run, faulty, guarded
from tests.support.job_process import wait_for

WITHIN_S = 60.0
"""From the fault (a lasting one: from its end) to the next alert after the job runs again, at most."""
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


def kill_leader(rig: Rig, job: FaultJob) -> Note:
    return _back(rig, job, lambda: rig.cluster.kill(leader(rig)))


def kill_leader_and_taskmanager(rig: Rig, job: FaultJob) -> Note:
    host = job.host()

    def kill() -> None:
        rig.cluster.kill(leader(rig))
        rig.cluster.kill(host)

    return _back(rig, job, kill)


def kill_zookeeper(rig: Rig, job: FaultJob) -> Note:
    def kill() -> None:
        rig.cluster.kill("zookeeper")
        time.sleep(AWAY_S)
        rig.heal()

    return _back(rig, job, kill, AWAY_S)


def _back(rig: Rig, job: FaultJob, strike: Callable[[], None], lasts_s: float = 0.0) -> Note:
    """Strike, and wait until all tasks of the job were started after the blow.

    The note also says when a checkpoint was complete that began after that: each task has passed it on, and
    Kafka's readers see the decisions before it. What ran before the blow cannot complete one.
    """
    struck_ms = time.time() * 1000
    strike()
    wait_for(lambda: _runs(rig, job, struck_ms), "the job under the JobManager that leads now")
    runs_ms, out = time.time() * 1000, job.alerts()

    def note() -> str:
        wait_for(lambda: _checkpoint(rig, job)[0] >= runs_ms, "a checkpoint after that")
        runs_s, committed_s = ((at - struck_ms) / 1000 - lasts_s for at in (runs_ms, _checkpoint(rig, job)[1]))
        where = f"under {leader(rig)} after {runs_s:.1f} s, when {out} of {job.expected} alerts were out"
        return f"it ran {where}; its next decisions were committed after {committed_s:.1f} s"

    return note


def _runs(rig: Rig, job: FaultJob, since_ms: float) -> bool:
    """Whether all tasks were started since then, and no others work: those of before went on for a while."""
    rest = rig.cluster.rest
    alive = {name for name in rig.cluster.cluster.pids() if name.startswith("taskmanager")}
    try:
        new = rest.all_running_since(job.job, since_ms) and alive <= set(rest.taskmanagers())
        return new and rest.slots() - rest.free_slots() == job.parallelism
    except ClusterError:
        return False


def _checkpoint(rig: Rig, job: FaultJob) -> tuple[float, float]:
    """When (ms since 1970) the newest complete checkpoint began and was complete; zeros if there is none."""
    try:
        last = rig.cluster.rest.last_checkpoint(job.job)
    except ClusterError:
        last = None
    return (last["trigger_timestamp"], last["trigger_timestamp"] + last["end_to_end_duration"]) if last else (0.0, 0.0)


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
