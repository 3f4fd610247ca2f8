"""A cluster, a Redis and, where it is wanted, a Kafka broker, on free ports and in a scratch folder, for one
run of one job.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.bench.engine_run import BROKER
from flink_job.bench.processes import ProcessUsage, usage
from flink_job.bench.samples import Watch
from flink_job.cluster.standalone import Cluster
from flink_job.settings.settings import Settings, load
from ops.free_ports import free_port
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import LLM_API_KEY, REDIS_URL

if TYPE_CHECKING:
    from flink_job.bench.broker import KafkaBroker

CHECKPOINT_S = 10.0
MEMORY = "3072m"
"""Of a TaskManager: the state of the latency part, up to two million events, must fit beside everything
else.
"""
FRESH = {"metrics.fetcher.update-interval": "500"}
"""ms, half of the time between two samples; counts are up to ten seconds old otherwise."""
_HIDDEN = (REDIS_URL, f"{REDIS_URL}_FILE", LLM_API_KEY, f"{LLM_API_KEY}_FILE", "OPENAI_API_KEY", "OPENAI_API_KEY_FILE")


@dataclass(frozen=True)
class Chosen:
    """The settings that all parts share, as they were given, and the folder they may fill."""

    config: Path | None
    overrides: tuple[str, ...]
    scratch: Path

    def settings(self, *more: str) -> Settings:
        return load(self.config, [f"cluster.taskmanager_memory={MEMORY}", *self.overrides, *more])

    def words(self, *more: str) -> list[str]:
        """Return the same settings for another process's command line; the template writes all summaries."""
        config = ["--config", str(self.config.resolve())] if self.config else []
        return config + [word for one in (*self.overrides, "llm.base_url=null", *more) for word in ("--set", one)]


@dataclass(frozen=True)
class Rig:
    """All of it, running."""

    folder: Path
    cluster: Cluster
    redis: EmbeddedRedis
    broker: KafkaBroker | None
    chosen: Chosen

    def usage(self) -> ProcessUsage:
        named = {**self.cluster.pids(), "redis": self.redis.pid}
        if self.broker:
            named[BROKER] = self.broker.pid
        return usage(named)

    def watch(self, job: str) -> Watch:
        return Watch(self.cluster.rest, job, self.usage)

    def words(self, source: str, *more: str) -> list[str]:
        """Return arguments of `ringwatch run` and `ringwatch cluster submit`.

        They lead from this source to decisions in a folder and to this Redis.
        """
        labels = () if source.startswith("file:") else (f"job.labels=['{source}']",)
        return ["--source", source, "--decisions", f"file:{self.decisions}", *self.settings_words(*labels, *more)]

    def settings_words(self, *more: str) -> list[str]:
        """Return the arguments that set what a job on this rig needs."""
        own = (f"redis.url={self.redis.url}", f"job.checkpoint_dir={self.folder / 'checkpoints'}")
        return self.chosen.words(*own, f"job.checkpoint_interval_s={CHECKPOINT_S:g}", *more)

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions"


@contextmanager
def rig(chosen: Chosen, name: str, taskmanagers: int, with_broker: bool = False, memory: str | None = None) -> Iterator[Rig]:
    """Start everything; whatever happens, end everything that was started. `memory` of each TaskManager, if
    not as for the job.
    """
    folder = chosen.scratch / name
    folder.mkdir(parents=True)
    places = (
        f"cluster.folder={folder / 'flink'}",
        f"cluster.savepoint_dir={folder / 'savepoints'}",
        f"cluster.taskmanagers={taskmanagers}",
        *((f"cluster.taskmanager_memory={memory}",) if memory else ()),
    )
    ports = (f"cluster.rest_port={free_port()}", f"cluster.rpc_port={free_port()}")
    settings = chosen.settings(*places, *ports)
    cluster = Cluster(replace(settings, job=replace(settings.job, flink={**FRESH, **settings.job.flink})))
    with ExitStack() as started:
        redis = started.enter_context(EmbeddedRedis())
        broker = started.enter_context(_broker(folder / "kafka")) if with_broker else None
        started.callback(cluster.stop)
        cluster.start()
        yield Rig(folder, cluster, redis, broker, chosen)


def _broker(folder: Path) -> KafkaBroker:
    from flink_job.bench.broker import KafkaBroker  # its client need not be installed where no Kafka is used

    return KafkaBroker(folder)


@contextmanager
def no_outside_services() -> Iterator[None]:
    """Hide Redis and keys of models from the environment.

    A measurement writes to its own server and pays nobody.
    """
    taken = {name: os.environ.pop(name) for name in _HIDDEN if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)
