"""Run the job on a local Flink, and look at it while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JError, Py4JJavaError

from flink_job.cluster.check import require
from flink_job.cluster.counts_folder import counts_folder
from flink_job.cluster.environment import create
from flink_job.cluster.interrupt import terminated_as_interrupt
from flink_job.cluster.job_failure import log_place, thread_errors_in_log, why_it_failed
from flink_job.cluster.kafka_watch import KafkaWatch
from flink_job.cluster.rest import ClusterError, FlinkRest
from flink_job.cluster.run_counts import RunCounts
from flink_job.cluster.run_lock import locked_folders
from flink_job.cluster.run_state import JobWatch, RunState, run_state
from flink_job.connectors.kafka_topics import check_resumption
from flink_job.job import start
from flink_job.settings.flink_options import LOCAL_RESTARTS
from flink_job.settings.job_id import job_id
from flink_job.settings.last_state import note_stop
from flink_job.settings.redis_url import is_redis
from flink_job.settings.settings import Settings
from flink_job.settings.state_folder import state_folder
from ops.redis.owner import give_up
from ops.redis.watch import RedisWatch
from ops.secrets import redis_url

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment

POLL_S = 0.25
LAST_SAVEPOINT_S = 15.0
STALE_S = 0.2  # Flink may answer with a checkpoint that was the last one so long ago
ASK_S = 1.0  # Flink collects all its metrics for an answer, which takes time from the job


class JobFailedError(RuntimeError):
    """Error of a job that ended with one; the message is its root cause, and where the log is."""


class GivenUpError(RuntimeError):
    """Error of a bounded job that has started again too often; the message is the cause."""


def run_job(
    settings: Settings,
    on_look: Callable[[RunState], None] | None = None,
    on_checked: Callable[[list[str]], None] | None = None,
    savepoints: Path | None = None,
    drain: bool = False,
) -> RunState:
    """Build and run the job until it ends; return what it did.

    `on_checked` is called when all that the job needs is in order, with the notes that this gave rise to.
    `on_look` is called some times a second with the state of the run, and before each step of the start with
    what that waits for. An interruption cancels the job, which leaves its last checkpoint, calls `on_look`
    once more and goes on as `KeyboardInterrupt`. With a folder `savepoints` it stops the job with a savepoint
    there, so that all it has decided is published; a second interruption, or no answer within 15 s, cancels.
    With `drain` that is the end of all events, and open incidents are closed.
    Raises `JobFailedError` with the root cause, and before the start a `MachineError` or a `SettingError`.
    """
    look = on_look or (lambda state: None)
    with terminated_as_interrupt(), counts_folder() as folder, ExitStack() as held:
        look(RunState("settings, model and Redis to be checked"))
        check_resumption(settings)
        notes = require(settings)
        held.enter_context(locked_folders(settings.job))
        if on_checked:
            on_checked(notes)
        held.enter_context(thread_errors_in_log(settings))
        look(RunState("Flink to start, about half a minute"))
        env, port = create(settings)
        held.callback(give_up, redis_url(settings.redis.url), settings.redis.prefix, job_id(settings.job))
        client = _started(env, settings)
        rest, job = FlinkRest(f"http://127.0.0.1:{port}"), str(client.get_job_id())
        watch, counts = JobWatch(rest, job), RunCounts(folder)
        watch.reads_redis = any(map(is_redis, settings.job.sources))
        try:
            _watch(client, watch, settings, counts, look)
            client.get_job_execution_result().result()
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):  # a second one is in no more haste than this
                time.sleep(STALE_S)
                watch.look()
            if savepoints:
                look(_state(watch, counts, "the last decisions to be published; Ctrl-C again ends it at once"))
            if not (savepoints and _stopped(client, rest, job, savepoints, drain, settings)):
                with suppress(Py4JError):  # Java may have had the signal as well, as systemd sends it to all
                    client.cancel().result()
            look(_state(watch, counts))
            raise
        except Exception as error:
            raise _failed(error, min(watch.in_a_row, most_restarts(settings)), settings) from error
        return _state(watch, counts)


def _started(env: StreamExecutionEnvironment, settings: Settings) -> Any:
    """Start the job, and return what asks Flink for it."""
    try:
        return start(env, settings)
    except Py4JJavaError as error:  # such as a checkpoint that does not fit
        raise _failed(error, 0, settings) from error


def _failed(error: Exception, restarts: int, settings: Settings) -> JobFailedError:
    return JobFailedError(f"{why_it_failed(error, restarts, settings)}; the log is in {log_place(settings)}")


def most_restarts(settings: Settings) -> int:
    """Return how often a local job may start again after failures in a row."""
    return LOCAL_RESTARTS if settings.job.restarts is None else settings.job.restarts


def _watch(client: Any, watch: JobWatch, settings: Settings, counts: RunCounts, look: Callable[[RunState], None]) -> None:
    """Look at the job until it has ended; a bounded one that starts again too often is ended."""
    redis, kafka = RedisWatch(redis_url(settings.redis.url), settings.redis.prefix), KafkaWatch(settings)
    asked = 0.0
    while not _ended(client):
        if (now := time.monotonic()) - asked >= ASK_S:
            watch.look()
            asked = now
            if settings.job.bounded and watch.in_a_row > most_restarts(settings):
                client.cancel().result()
                raise GivenUpError(watch.last_failure)
        away = redis.away()
        state = _state(watch, counts, f"Redis at {away}" if away else kafka.away(watch.read) or watch.status)
        if not (state.waits_for or state.read or settings.job.bounded):
            state = _state(watch, counts, f"events from {' and '.join(settings.job.sources)}")
        look(state)
        time.sleep(POLL_S)


def _stopped(client: Any, rest: FlinkRest, job: str, savepoints: Path, drain: bool, settings: Settings) -> bool:
    """Stop the job with a savepoint and return whether that worked; False at an interruption."""
    end = time.monotonic() + LAST_SAVEPOINT_S
    try:
        with suppress(ClusterError):  # also where Flink is gone with its job before it has answered
            saved = rest.stop(job, savepoints.resolve().as_uri(), LAST_SAVEPOINT_S, drain)
            note_stop(Path(settings.job.checkpoint_dir).resolve() / job, state_folder(saved))
            while not _ended(client) and time.monotonic() < end:
                time.sleep(POLL_S)
        return _ended(client)
    except KeyboardInterrupt:
        return False


def _state(watch: JobWatch, counts: RunCounts, waits_for: str = "") -> RunState:
    counted_now = counts.look(watch.restarted_ms, watch.checkpoint_ms)
    return run_state(waits_for, watch.read, counted_now, watch.restarts, watch.failure, counts.unsaved, watch.lag)


def _ended(client: Any) -> bool:
    """Return whether the job has ended; a local cluster is gone with its job."""
    with suppress(Exception):
        return client.get_job_status().result().name in {"FINISHED", "FAILED", "CANCELED"}
    return True
