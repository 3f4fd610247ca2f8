"""A job that goes to the standalone cluster with `flink run`, and is watched until its tasks run."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

from flink_job.cluster.environment import CODE
from flink_job.cluster.rest import ENDED, POLL_S, ClusterError, FlinkRest, failure_words
from flink_job.cluster.standalone import Cluster
from flink_job.cluster.unclaimed_state import with_settings

PACKAGES = ("domain", "gnn", "udfs", "flink_job", "ops")
START_S = 180.0  # two TaskManagers on two busy cores, and the first start of a version compiles the rules
SETTLE_S = 3.0
"""A task that cannot do its work fails in its first seconds."""
_SUBMITTED = re.compile(r"submitted with JobID ([0-9a-f]{32})")


def submit(cluster: Cluster, arguments: Sequence[str], parallelism: int, on_submitted: Callable[[str], None] = lambda job: None) -> str:
    """Submit the job that the arguments of `ringwatch run` describe; return its id once all its tasks run.

    `on_submitted` is called with the id as soon as the cluster has the job, which goes on whatever happens
    here. A job that cannot start is cancelled.
    """
    free = cluster.rest.free_slots()
    if free < parallelism:
        raise ClusterError(
            f"{parallelism} slots are needed and {free} are free: stop the job that runs (ringwatch cluster stop-job), or start the "
            "cluster with more cluster.taskmanagers"
        )
    return run_flink(cluster, flink_run(stage_code(cluster.folder), arguments, parallelism), on_submitted)


def run_flink(cluster: Cluster, words: Sequence[str], on_submitted: Callable[[str], None] = lambda job: None) -> str:
    """Start the detached job that these words after `flink` describe; return its id once all its tasks run.

    `on_submitted` is as `submit` takes it. A job that cannot start is cancelled.
    """
    done = cluster.flink(*words)
    found = _SUBMITTED.search(done.stdout)
    if not found:
        raise ClusterError(f"flink run failed: {with_settings(_python_words(done.stdout + done.stderr))}")
    on_submitted(found[1])
    wait_until_running(cluster.rest, found[1])
    return found[1]


def flink_run(code: Path, arguments: Sequence[str], parallelism: int) -> list[str]:
    """Return the words after `flink`: a detached job of this Python and of the packages in `code`."""
    script = ["-pyfs", str(code), "-py", str(code / "flink_job" / "main.py")]
    # The first of our own words must be one that flink does not know, or it takes those after it for its
    # own.
    return ["run", "-d", *this_python(), *script, "--set", f"job.parallelism={parallelism}", *arguments]


def this_python() -> list[str]:
    """Return the words by which workers and client run this Python."""
    return ["-pyexec", sys.executable, "-pyclientexec", sys.executable]


def stage_code(folder: Path) -> Path:
    """Copy ringwatch's packages for `-pyfs`, and nothing else of a checkout.

    Each submission keeps its own copy until the cluster starts anew: a job that restarts loads the default
    model from there.
    """
    (folder / "code").mkdir(parents=True, exist_ok=True)
    code = Path(mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=folder / "code"))
    for name in PACKAGES:
        shutil.copytree(CODE / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
    return code


def wait_until_running(rest: FlinkRest, job: str, timeout_s: float = START_S) -> None:
    """Wait until all tasks have run for `SETTLE_S`; cancel a job that fails before, raise `ClusterError`."""
    end, since = time.monotonic() + timeout_s, 0.0
    while (now := time.monotonic()) < end:
        running = rest.all_running(job)
        since = (since or now) if running else 0.0
        if rest.state(job) == "FINISHED" or (running and now - since >= SETTLE_S and not rest.failure(job)):
            return
        failure = rest.failure(job)
        if failure or rest.state(job) in ENDED:
            if rest.state(job) not in ENDED:
                rest.cancel(job)
            raise ClusterError(f"job {job} did not start: {failure_words(failure or '')}")
        time.sleep(POLL_S)
    raise ClusterError(f"job {job} does not run after {timeout_s:.0f} s: see the cluster's logs")


def _python_words(output: str) -> str:
    """Return the last error before Flink's own stack trace, or the innermost cause of one that is Java's."""
    lines = [line for line in output.split("org.apache.flink.client.program.ProgramAbortException")[0].splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[\w.]+(?:Error|Exception|SettingError|exit)\b: ", line)]
    if raised and not raised[-1].startswith("py4j."):
        return failure_words(raised[-1])
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return failure_words("\n".join(causes) or output)
