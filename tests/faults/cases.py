"""The faults: what is broken while a job runs, and what mends it where it does not mend itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.faults.endpoints import endpoint
from tests.faults.rig import FaultJob, Rig
from tests.support.job_process import wait_for

AWAY_S = 30.0
SLOW_S = 0.2
STEP_S, SERIES_S = 20.0, 180.0
SUITED_TO_MANY_CALLS = ("llm.requests_per_minute=100000", "llm.money_per_day=1000", "llm.cache_days=0.001")

Around = Callable[[Rig], AbstractContextManager[Sequence[str]]]
"""A condition that holds for the whole run; yields the settings that lead the job there."""
Note = Callable[[], str]
"""Returns what the table says of a case."""


@contextmanager
def _as_usual(rig: Rig) -> Iterator[Sequence[str]]:
    yield ()


@dataclass(frozen=True)
class Case:
    """One fault. `breaks` is called once the job has published a share `at` of the clean run's alerts.

    What it returns, if anything, is called once alerts come again.
    """

    what: str
    breaks: Callable[[Rig, FaultJob], Note | None] | None = None
    around: Around = _as_usual
    parallelism: int = 1
    rescaled: bool = False
    """Runs at parallelism 2 for a part of the way."""
    at: float = 0.3
    lasts_s: float = 0.0
    """How long the fault itself lasts: time that no job could have saved."""
    within_s: float | None = None
    """From the fault (a lasting one: from its end) to the next alert, at most."""


def kill_taskmanager(rig: Rig, job: FaultJob) -> None:
    rig.cluster.kill(job.host())
    rig.heal()


def kill_jobmanager(rig: Rig, job: FaultJob) -> None:
    """Without high availability the job goes with it: submitted again from its last checkpoint, as an
    operator would.
    """
    rig.cluster.kill("jobmanager")
    rig.heal()
    job.submit("--resume")


def kill_worker(rig: Rig, job: FaultJob) -> None:
    """Flink gives the scorer and the summariser of a TaskManager one Python process, so that both go with
    it.
    """
    wait_for(lambda: bool(rig.workers()), "a Python worker")
    os.kill(rig.workers()[0], signal.SIGKILL)


def kill_one_after_the_other(rig: Rig, job: FaultJob) -> None:
    for kill in (kill_worker, kill_taskmanager, kill_jobmanager):
        kill(rig, job)
        wait_for_output(job)


def kill_again_and_again(rig: Rig, job: FaultJob) -> None:
    """A TaskManager of the job every STEP_S seconds."""
    end = time.monotonic() + SERIES_S
    while time.monotonic() < end and not job.failed():
        hosts = rig.cluster.rest.taskmanagers_of(job.job) & rig.cluster.cluster.pids().keys()
        if hosts:
            rig.cluster.kill(sorted(hosts)[0])
        rig.heal()
        time.sleep(STEP_S)


def kill_redis(rig: Rig, job: FaultJob) -> None:
    rig.kill_redis()
    time.sleep(AWAY_S)
    rig.redis.start()


def slow_redis(rig: Rig, job: FaultJob) -> None:
    rig.proxy.delay_s = SLOW_S
    time.sleep(AWAY_S)
    rig.proxy.delay_s = 0.0


def fill_redis(rig: Rig, job: FaultJob) -> None:
    with rig.client() as client:
        client.config_set("maxmemory", "1")
        time.sleep(AWAY_S)
        client.config_set("maxmemory", "0")


def kill_kafka(rig: Rig, job: FaultJob) -> None:
    rig.broker.stop(kill=True)
    time.sleep(AWAY_S)
    rig.broker.start()


def fill_disk(rig: Rig, job: FaultJob) -> None:
    filler = rig.small_disk / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        except OSError:
            pass
    time.sleep(AWAY_S)
    filler.unlink()


def rescale(rig: Rig, job: FaultJob) -> None:
    """Stop with a savepoint, go on with two subtasks, stop again, go on with one."""
    job.submit("--from", rig.cluster.stop_job(), parallelism=2)
    wait_for_output(job)
    job.submit("--from", rig.cluster.stop_job())


@contextmanager
def _on_the_small_disk(rig: Rig) -> Iterator[Sequence[str]]:
    with rig.mounted_small_disk() as folder:
        yield (f"job.checkpoint_dir={folder / 'checkpoints'}",)


@contextmanager
def _through_the_proxy(rig: Rig) -> Iterator[Sequence[str]]:
    yield (f"redis.url=redis://127.0.0.1:{rig.proxy.port}/0",)


def _with_an_endpoint(kind: str) -> Around:
    @contextmanager
    def around(rig: Rig) -> Iterator[Sequence[str]]:
        with endpoint(kind) as url:
            yield (f"llm.base_url={url}", *SUITED_TO_MANY_CALLS)

    return around


def wait_for_output(job: FaultJob) -> None:
    """Wait until the job publishes alerts again, or has published them all."""
    before = job.alerts_or(0)
    wait_for(lambda: job.alerts_or(0) > before or before >= job.expected, f"alerts of {job.name}")


CASES = {
    "taskmanager": Case("kill -9 of the TaskManager", kill_taskmanager),
    "taskmanager-at-2": Case("the same at parallelism 2", kill_taskmanager, parallelism=2),
    "jobmanager": Case("kill -9 of the JobManager, submitted again from the last checkpoint", kill_jobmanager),
    "worker": Case("kill -9 of the Python worker, which scores and summarises", kill_worker),
    "all-in-turn": Case("Python worker, TaskManager and JobManager, one after the other", kill_one_after_the_other, at=0.2),
    "again-and-again": Case("kill -9 of a TaskManager every 20 s for three minutes", kill_again_and_again, at=0.1, lasts_s=SERIES_S),
    "redis-killed": Case("Redis killed for 30 s, data kept", kill_redis, lasts_s=AWAY_S),
    "redis-slow": Case("Redis 200 ms slower per call for 30 s", slow_redis, _through_the_proxy, lasts_s=AWAY_S),
    "redis-full": Case("Redis out of memory for 30 s", fill_redis, lasts_s=AWAY_S),
    "kafka-killed": Case("Kafka broker killed for 30 s", kill_kafka, lasts_s=AWAY_S),
    "llm-refusing": Case("LLM endpoint refuses connections", around=_with_an_endpoint("refusing")),
    "llm-hanging": Case("LLM endpoint says nothing", around=_with_an_endpoint("hanging")),
    "llm-garbage": Case("LLM endpoint answers garbage", around=_with_an_endpoint("garbage")),
    "disk-full": Case("no room for checkpoints for 30 s", fill_disk, _on_the_small_disk, lasts_s=AWAY_S),
    "rescale": Case("stop with savepoint, 1 -> 2 -> 1 subtasks", rescale, rescaled=True),
}
