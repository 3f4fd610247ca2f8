"""A cluster, a Kafka broker and a Redis that can be broken, and jobs that run on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from confluent_kafka import Consumer, TopicPartition

from flink_job.bench.broker import account_of
from flink_job.cluster.rest import ENDED, ClusterError
from ops.redis.embedded import EmbeddedRedis
from tests.faults.outcome import CLOCKS, WRITTEN_BY_THE_SUMMARISER, Outcome, outcome_of
from tests.faults.slow_proxy import SlowProxy
from tests.support.cluster_process import ClusterProcess
from tests.support.job_process import wait_for
from tests.support.kafka_broker import KafkaBroker, fetch_jars

KEY = {"RINGWATCH_PSEUDONYM_KEY": "key of the fault suite", "RINGWATCH_LLM_API_KEY": "sk-test"}
END_S = 1200.0
RESTED, REST_S = 3, 4.0
"""The streams rest when their lengths are the same so many times in a row, so many seconds apart."""
SMALL_DISK = 1 << 30


class Rig:
    """One of each, on free ports below one folder; a context manager. A part that was killed can be started
    again where it was.
    """

    def __init__(self, folder: Path, taskmanagers: int = 3, options: Sequence[str] = (), with_kafka: bool = True) -> None:
        """One TaskManager more than the highest parallelism: what is killed is replaced at once."""
        self.folder, self._with_kafka = folder, with_kafka
        self.broker = KafkaBroker(folder / "kafka")
        self.redis = EmbeddedRedis(folder / "redis")
        self.cluster = ClusterProcess(folder / "cluster", taskmanagers, tuple(options), KEY)
        self.small_disk = folder / "small"
        self._names: Counter[str] = Counter()

    def __enter__(self) -> Rig:
        if self._with_kafka:
            fetch_jars()
            self.broker.prepare()
            self.broker.start()
        self.redis.start()
        self.proxy = SlowProxy(("127.0.0.1", int(self.redis.url.rsplit(":", 1)[1].split("/")[0]))).__enter__()
        self.cluster.command("start")
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.command("stop")
        self.proxy.__exit__(None, None, None)
        self.redis.stop()
        if self._with_kafka:
            self.broker.stop()

    @contextmanager
    def mounted_small_disk(self) -> Iterator[Path]:
        """A file system of SMALL_DISK bytes; needs the right to mount."""
        self.small_disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(self.small_disk)], check=True)
        try:
            yield self.small_disk
        finally:
            subprocess.run(["umount", "--lazy", str(self.small_disk)], check=True)

    def publish(self, topic: str, lines: Sequence[bytes], partitions: int = 1) -> str:
        """A topic that holds the lines, keyed by account; its URL."""
        topic = self.unused(topic)
        url = self.broker.create(topic, partitions)
        self.broker.produce(topic, [(account_of(line), line) for line in lines])
        return url

    def unused(self, name: str) -> str:
        """The name, or one like it: a case may run more than once, to see how much its runs differ."""
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}-{self._names[name]}"

    def kill_redis(self) -> None:
        os.kill(self.redis.pid, signal.SIGKILL)
        self.redis.stop()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis.url, decode_responses=True)

    def workers(self) -> list[int]:
        """Process ids of the TaskManagers' Python workers."""
        return [pid for pid in _descendants(set(self.cluster.cluster.pids().values())) if _is_worker(pid)]

    def memory(self) -> dict[str, float]:
        """Resident MiB of each process by what it does."""
        named = {**self.cluster.cluster.pids(), "redis": self.redis.pid}
        named |= {f"python worker {number}": pid for number, pid in enumerate(self.workers(), 1)}
        return {name: _resident(pid) for name, pid in named.items()}

    def end_jobs(self) -> None:
        """Start what is not running, then cancel what a case that failed has left."""
        self.heal()
        wait_for(self._answers, "the JobManager", 60)
        for job in self.cluster.rest.running():
            self.cluster.rest.cancel(job)

    def _answers(self) -> bool:
        try:
            return bool(self.cluster.rest.taskmanagers())
        except ClusterError:
            return False

    def heal(self) -> None:
        """Start what is not running."""
        for name in self.cluster.cluster.names():
            if name not in self.cluster.cluster.pids():
                self.cluster.start_again(name)


class FaultJob:
    """A job on the rig: reads a topic, writes decisions exactly once to another and the rest to Redis.

    It is never bounded: a bounded source of Kafka does not end after a restart (FLINK-31006). `wait_for_all`
    tells when all is done.
    """

    def __init__(self, rig: Rig, name: str, source: str, parallelism: int = 1, options: Sequence[str] = ()) -> None:
        self.rig, self.name, self.parallelism = rig, rig.unused(f"job-{name}"), parallelism
        settings = (
            f"redis.url={rig.redis.url}",
            f"redis.prefix={self.name}:",
            f"job.checkpoint_dir={rig.folder / f'checkpoints-{self.name}'}",
            "job.checkpoint_interval_s=5",
            *options,
        )
        self._words = [*self._ways(source), *(word for one in settings for word in ("--set", one))]
        self.job = ""
        self.expected = 0
        """How many alerts the clean run published."""

    def _ways(self, source: str) -> list[str]:
        """Source and decisions as arguments."""
        self.decisions = f"decisions-{self.name}"
        url = self.rig.broker.create(self.decisions, 2)
        labels = ["--set", f"job.labels=['{source}']"]
        return [
            "--source",
            source,
            *labels,
            "--decisions",
            url,
            "--set",
            f"kafka.group={self.name}",
            "--set",
            "kafka.guarantee=exactly_once",
        ]

    def submit(self, *words: str, parallelism: int | None = None) -> None:
        wait_for(lambda: self._free_slots() >= (parallelism or self.parallelism), "free slots", 120)
        said = self.rig.cluster.command("submit", *self._words, "--parallelism", str(parallelism or self.parallelism), *words)
        self.job = said.split()[1]

    def alerts(self) -> int:
        return self._length("alerts")

    def alerts_or(self, otherwise: int) -> int:
        """`otherwise` while Redis does not answer."""
        try:
            return self.alerts()
        except redis.RedisError:
            return otherwise

    def host(self) -> str:
        return sorted(self.rig.cluster.rest.taskmanagers_of(self.job))[0]

    def state(self) -> str:
        try:
            return self.rig.cluster.rest.state(self.job)
        except ClusterError:
            return "UNKNOWN"

    def wait_for_all(self, decisions: int) -> float:
        """Wait for so many committed decisions and for the streams to rest, then end the job; seconds until
        the last decision.
        """
        began = time.monotonic()
        with self._decided() as decided:
            wait_for(lambda: decided() >= decisions or self.failed(), f"{decisions} decisions of {self.name}", END_S)
            assert decided() >= decisions, f"{self.name} failed: {self.rig.cluster.rest.failure(self.job)}"
        took = time.monotonic() - began
        self._settle()
        lengths: list[tuple[int, int]] = []
        while len(lengths) < RESTED or len(set(lengths[-RESTED:])) > 1:
            time.sleep(REST_S)
            lengths.append((self._length("alerts"), self._length("incidents")))
        self.rig.cluster.rest.cancel(self.job)
        wait_for(lambda: self.state() in ENDED, f"the end of {self.name}", 120)
        return took

    def _settle(self) -> None:
        """Wait until what comes after the decisions runs; it does where a checkpoint has committed them."""

    @contextmanager
    def _decided(self) -> Iterator[Callable[[], int]]:
        """What counts the decisions that a reader may see."""
        with CommittedCount(self.rig.broker, self.decisions) as committed:
            yield committed.now

    def failed(self) -> bool:
        return self.state() in ENDED

    def _length(self, stream: str) -> int:
        with self.rig.client() as client:
            return int(client.xlen(f"{self.name}:{stream}"))

    def outcome(self) -> Outcome:
        """What is at the sinks, as a new read_committed reader sees it."""
        decided = self._decisions()
        with self.rig.client() as client:
            streams = {
                name: [json.loads(fields["json"]) for _, fields in client.xrange(f"{self.name}:{name}")]
                for name in ("alerts", "incidents", "rejected")
            }
        return outcome_of(decided, streams, (*CLOCKS, *WRITTEN_BY_THE_SUMMARISER))

    def _decisions(self) -> Iterator[dict[str, Any]]:
        return (json.loads(record.value()) for record in self.rig.broker.records(self.decisions))

    def _free_slots(self) -> int:
        try:
            return self.rig.cluster.rest.free_slots()
        except ClusterError:
            return 0


class CommittedCount:
    """Counts the records of a topic that a read_committed reader may see; a context manager."""

    def __init__(self, broker: KafkaBroker, topic: str) -> None:
        options = {"bootstrap.servers": broker.plain, "group.id": f"count-{topic}", "isolation.level": "read_committed"}
        self._consumer = Consumer({**options, "enable.auto.commit": False, "log_level": 0})
        partitions = self._consumer.list_topics(topic, 30).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        self._count = 0

    def now(self) -> int:
        while messages := self._consumer.consume(5000, 0.5):
            self._count += sum(message.error() is None for message in messages)
        return self._count

    def __enter__(self) -> CommittedCount:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ringwatch-faults-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _descendants(parents: set[int]) -> list[int]:
    """Process ids below the given ones (Linux)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int((entry / "stat").read_text().rpartition(")")[2].split()[1]), []).append(int(entry.name))
            except OSError:
                continue  # it has just ended
    found, left = [], list(parents)
    while left:
        left += (below := children.get(left.pop(), []))
        found += below
    return found


def _is_worker(pid: int) -> bool:
    return b"\0pyflink.fn_execution" in _bytes(pid, "cmdline")


def _resident(pid: int) -> float:
    pages = _bytes(pid, "statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else 0.0


def _bytes(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
