"""The real job under a paced load, one level after the other; its decisions go to a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from flink_job.bench.paced import Delivery, Schedule, deliver, due_ms, write_file
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.bench.samples import Watch
from flink_job.cluster.rest import ENDED, ClusterError
from flink_job.cluster.submission import submit

TICK_S, DISCOVER_S = 0.005, 0.02
"""How finely events are delivered to Kafka; and how often the folder is looked into, and filled, without
one.
"""
DRAINED_S, PUBLISHED_S = 120.0, 180.0
PREFIX = "bench:"

Send = Callable[[Sequence[bytes]], None]


@dataclass(frozen=True)
class Offered:
    """What one level has sent."""

    rate: float
    kept_up: bool
    """The job had read everything when, or soon after, the level ended."""
    delivery: Delivery
    due_ms: Mapping[str, float]
    """When each event that must be decided was due, by its id, in ms since 1970."""

    def from_ms(self, warm_up_s: float) -> float:
        return self.delivery.began_ms + warm_up_s * 1000


class PacedJob:
    """A running job, which reads a topic of as many partitions as it has subtasks, or a folder."""

    def __init__(self, on: Rig, parallelism: int) -> None:
        self._on, self._sent = on, 0
        self.granularity_ms = 1000 * (TICK_S if on.broker else DISCOVER_S)
        url, self._send, more = _way_in(on, parallelism)
        self._job = submit(on.cluster, on.words(url, f"redis.prefix={PREFIX}", f"job.discover_s={DISCOVER_S}", *more), parallelism)
        self._watch = on.watch(self._job)

    def offer(self, rate: float, lines: Sequence[bytes]) -> Offered:
        """Deliver the lines at a steady rate per second, and wait until the job has read them."""
        schedule = Schedule(rate)
        delivery = deliver(len(lines), schedule, self.granularity_ms / 1000, lambda first, end: self._send(lines[first:end]))
        self._sent += len(lines)
        return Offered(rate, _drained(self._watch, self._sent), delivery, due_ms(lines, schedule, delivery))

    def decided(self, expected: int) -> list[tuple[str, int]]:
        """Return event id and time (`decided_at`) of so many decisions, when all are published."""
        _wait_for_decisions(self._on, self._watch, expected)
        return list(_decided(self._on.decisions))

    def alerts(self) -> list[tuple[str, int]]:
        """Return event id and time of each alert, by its stream id, which is Redis's own clock."""
        with redis.Redis.from_url(self._on.redis.url, decode_responses=True) as client:
            entries = client.xrange(f"{PREFIX}alerts")
        return [(fields["id"], int(entry.partition("-")[0])) for entry, fields in entries]

    def end(self) -> None:
        self._on.cluster.rest.cancel(self._job)


@contextmanager
def paced_job(chosen: Chosen, name: str, parallelism: int, with_kafka: bool) -> Iterator[PacedJob]:
    """Start a cluster of as many TaskManagers and the job; end both at the end of the block."""
    with rig(chosen, name, parallelism, with_kafka) as on:
        job = PacedJob(on, parallelism)
        yield job
        job.end()


def _way_in(on: Rig, parallelism: int) -> tuple[str, Send, tuple[str, ...]]:
    """Return how events get in: source URL, sender, further settings."""
    if on.broker is None:
        folder = on.folder / "incoming"
        folder.mkdir()
        return f"file:{folder}", _Files(folder), ()
    from confluent_kafka import Producer

    from flink_job.bench.broker import account_of

    # it lingers 5 ms, as its default is: part of the latencies
    producer = Producer({**on.broker.client, "acks": 1})

    def send(lines: Sequence[bytes]) -> None:
        for line in lines:
            producer.produce("paced", line, account_of(line))
        producer.poll(0)

    return on.broker.create("paced", parallelism), send, (f"kafka.readers={parallelism}",)


class _Files:
    """Each batch of lines is a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0

    def __call__(self, lines: Sequence[bytes]) -> None:
        self._number += 1
        write_file(self._folder, self._number, (line + b"\n" for line in lines))


def _drained(watch: Watch, sent: int) -> bool:
    """Wait until the job has read everything; False if that takes more than a moment, `ClusterError` if it
    does not happen.
    """
    began = time.monotonic()
    while watch.events() < sent:
        if time.monotonic() - began > DRAINED_S:
            raise ClusterError(f"the job has read {watch.events():,} of {sent:,} events {DRAINED_S:.0f} s after the load: see --throughput")
        time.sleep(0.2)
    return time.monotonic() - began < 5.0  # the counts themselves are up to two seconds old


def _wait_for_decisions(on: Rig, watch: Watch, expected: int) -> None:
    """Wait until all decisions are published.

    A file of them is published 15 s after its last one, with the next checkpoint.
    """
    end = time.monotonic() + PUBLISHED_S
    while (found := sum(path.read_bytes().count(b"\n") for path in on.decisions.glob("*.jsonl"))) < expected:
        if time.monotonic() > end or watch.state() in ENDED:
            raise ClusterError(f"{found:,} of {expected:,} decisions were published: see the cluster's logs")
        time.sleep(2.0)


def _decided(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield event id and time of each decision: two fields of many documents, so none is read whole."""
    for path in folder.glob("*.jsonl"):
        with path.open("rb") as lines:
            for document in map(json.loads, lines):
                yield document["event_id"], document["decided_at"]
