"""The options that ringwatch gives Flink: what a job brings along, and what its engine must have been
started with.
"""

from __future__ import annotations

import sys
from pathlib import Path

from domain.errors import SettingError
from flink_job.settings.backend_match import check_backend
from flink_job.settings.high_availability import availability_options
from flink_job.settings.identity_match import check_identity
from flink_job.settings.kafka_settings import CHECKPOINT_TIMEOUT_S
from flink_job.settings.last_state import last_state
from flink_job.settings.metrics_reporter import reporter_options
from flink_job.settings.order_match import check_order
from flink_job.settings.settings import MAX_PARALLELISM, Settings
from flink_job.settings.state_backend import state_options
from flink_job.settings.state_folder import state_folder

RESTORE = "execution.state-recovery.path"
_FORCED = "execution.checkpointing.unaligned.forced"
# at a terminal somebody waits for the reason; a cluster may lose machines one after the other
LOCAL_RESTARTS, CLUSTER_RESTARTS = 8, 100


def job_options(settings: Settings, restarts: int) -> dict[str, str]:
    """Return what a submitted job sets itself.

    It starts again by itself `restarts` times, unless job.restarts says otherwise.
    """
    job = settings.job
    options = {
        "python.execution-mode": "thread",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "parallelism.default": str(job.parallelism),
        "pipeline.max-parallelism": str(MAX_PARALLELISM),
        # No operator of this job keeps or changes what it was handed by another one of its task.
        "pipeline.object-reuse": "true",
        # Longest that an event waits for a buffer to fill on its way to the scorer, and an alert on its way
        # to its incident.
        "execution.buffer-timeout.interval": "10 ms",
        # An operator without a name of its own would lose its state as soon as another one is put in front
        # of it.
        "pipeline.auto-generate-uids": "false",
        "table.exec.uid.generation": "ALWAYS",
        **state_options(job.state_backend),
        "execution.checkpointing.interval": f"{int(job.checkpoint_interval_s * 1000)} ms",
        "execution.checkpointing.dir": Path(job.checkpoint_dir).resolve().as_uri(),
        # Flink's 4 kB make a system call of every other record; the thread that copies the state competes
        # with the decisions.
        "execution.checkpointing.write-buffer-size": str(2**20),
        "execution.checkpointing.timeout": f"{CHECKPOINT_TIMEOUT_S:g} s",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.tolerable-failed-checkpoints": "10",
        **_restart_options(restarts if job.restarts is None else job.restarts),
        "python.fn-execution.bundle.size": str(job.score_batch),
        "python.fn-execution.bundle.time": str(job.score_wait_ms),
        "python.fn-execution.arrow.batch.size": str(job.score_batch),
        "table.exec.source.idle-timeout": "30 s",
    }
    if str(job.flink.get(_FORCED)).lower() == "true":
        raise SettingError(
            f"job.flink: with {_FORCED} a checkpoint would let events overtake others, and after a change of parallelism send them to the "
            "wrong subtask: leave it out"
        )
    restore = restore_path(settings)
    if restore is not None:
        options[RESTORE] = restore
    return {**options, **job.flink}


def _restart_options(restarts: int) -> dict[str, str]:
    """Return the options by which a fault that does not mend itself ends the job with its reason."""
    if not restarts:  # Flink takes no less than one attempt
        return {"restart-strategy.type": "disable"}
    return {
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "30 s",
        "restart-strategy.exponential-delay.reset-backoff-threshold": "10 min",
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": str(restarts),
    }


def engine_options(settings: Settings) -> dict[str, str]:
    """Return what only the engine's own configuration can say.

    That is the local Flink of `ringwatch run`, or the cluster's config.yaml.
    """
    return {
        # What waits in the network delays every decision, and checkpoints between several subtasks.
        # With one of each a micro-batch should be at hand when the one before has been scored
        # (docs/performance.md).
        "taskmanager.memory.segment-size": "64kb" if settings.job.parallelism == 1 else "16kb",
        "taskmanager.memory.managed.size": settings.cluster.managed_memory,
        # What runs in one place is spread over the TaskManagers, and not all put beside the first reader.
        "taskmanager.load-balance.mode": "TASKS",
    }


def cluster_options(settings: Settings) -> dict[str, str]:
    """Return the configuration of the standalone cluster on this machine, all on the loopback address."""
    cluster, loopback = settings.cluster, "127.0.0.1"
    folder = Path(cluster.folder).resolve()
    return {
        **engine_options(settings),
        "jobmanager.rpc.address": loopback,
        "jobmanager.rpc.port": str(cluster.rpc_port),
        "jobmanager.bind-host": loopback,
        "taskmanager.host": loopback,
        "taskmanager.bind-host": loopback,
        "rest.address": loopback,
        "rest.bind-address": loopback,
        "rest.port": str(cluster.rest_port),
        "jobmanager.memory.process.size": cluster.jobmanager_memory,
        # It has little to do, and less the sooner it is warm: the TaskManagers need the cores.
        "env.java.opts.jobmanager": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "taskmanager.memory.process.size": cluster.taskmanager_memory,
        # Stages share one interpreter and its lock in a TaskManager: more slots would only wait for each
        # other.
        "taskmanager.numberOfTaskSlots": "1",
        # The embedded interpreter's library can be loaded by one class loader only, so it must be the
        # cluster's and not the job's.
        "classloader.parent-first-patterns.additional": "pemja",
        "execution.checkpointing.savepoint-dir": Path(cluster.savepoint_dir).resolve().as_uri(),
        "io.tmp.dirs": str(folder / "tmp"),
        # A dead TaskManager is noticed after about 4 s instead of 20 s; a silent one, or a JobManager that
        # is gone, after 15 s instead of 50 s.
        "heartbeat.interval": "2 s",
        "heartbeat.timeout": "15 s",
        **availability_options(cluster),
        **(reporter_options(settings.job.metrics_port) if settings.job.metrics_port else {}),
        **settings.job.flink,
    }


def restore_path(settings: Settings) -> str | None:
    """Return the URI of the savepoint or checkpoint that the job begins with; None if it begins empty."""
    job = settings.job
    if job.resume and job.restore_from:
        raise SettingError("job.restore_from and --resume exclude each other: leave one out")
    if not (job.resume or job.restore_from):
        return None
    state = savepoint(job.restore_from) if job.restore_from else last_state(Path(job.checkpoint_dir).resolve())
    check_identity(state, settings.identity)
    check_order(state, settings)
    check_backend(state, settings)
    return state.as_uri()


def savepoint(named: str) -> Path:
    """Return the folder of a savepoint or checkpoint given as path or file: URL; it must be complete."""
    path = state_folder(named)
    if not (path / "_metadata").is_file():
        raise SettingError(f"job.restore_from: {path} is no savepoint or checkpoint: name the folder that holds _metadata")
    return path
