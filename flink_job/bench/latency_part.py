"""Latency over offered load: one job, one level after the other, from when an event was due to its decision
and its alert.

The decision counts by its own `decided_at`, the alert by its stream id, which is Redis's own clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import redis

from flink_job.bench.histories import simulated
from flink_job.bench.paced import Delivery, Schedule, deliver, due_ms, latencies, percentiles, write_file
from flink_job.bench.plan import Plan
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.bench.samples import Watch
from flink_job.cluster.rest import ENDED, ClusterError
from flink_job.cluster.submission import submit
from gnn.history.replay import event_lines

TICK_S, DISCOVER_S = 0.005, 0.02
"""How finely events are delivered to Kafka; and how often the folder is looked into, and filled, without
one.
"""
FIRST_SHARE = 0.5
"""Of the throughput, before the first level: the JVM compiles what it runs."""
DRAINED_S, PUBLISHED_S = 120.0, 180.0
PREFIX = "bench:"

Send = Callable[[Sequence[bytes]], None]


@dataclass(frozen=True)
class Level:
    """ms, after the warm-up of the level."""

    share: float
    offered_per_s: float
    kept_up: bool
    """The job had read everything when, or soon after, the level ended."""
    handed_over_late_ms: float
    """The latest event, by the sender itself; it is part of the latencies."""
    events: int
    decisions: Mapping[str, float]
    alerts: Mapping[str, float]
    alert_count: int


@dataclass(frozen=True)
class Latency:
    source: str
    throughput: float
    granularity_ms: float
    """How finely events were delivered; with files also how often the source looks for new ones, on top."""
    warm_up_s: float
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class _Offered:
    """What one level has sent."""

    share: float
    rate: float
    kept_up: bool
    delivery: Delivery
    due_ms: Mapping[str, float]
    count: int


def measure(chosen: Chosen, plan: Plan, throughput: float, with_kafka: bool) -> Latency:
    """Run the real job at parallelism 1, its decisions in a folder, at several shares of its throughput."""
    level_s = plan.level_s + plan.level_warm_up_s
    rates = [FIRST_SHARE * throughput, *(share * throughput for share in plan.shares)]
    needed = sum(int(rate * level_s) + 1 for rate in rates)
    lines = event_lines([simulated(needed, plan.seed + 1, chosen.scratch)])
    with rig(chosen, "latency", 1, with_kafka) as on:
        tick_s, url, send, more = _way_in(on)
        job = submit(on.cluster, on.words(url, f"redis.prefix={PREFIX}", f"job.discover_s={DISCOVER_S}", *more), 1)
        watch, sent, offered = on.watch(job), 0, []
        for rate in rates:
            part = list(islice(lines, int(rate * level_s)))
            schedule = Schedule(rate)
            delivery = deliver(len(part), schedule, tick_s, lambda first, end, part=part: send(part[first:end]))  # type: ignore[misc]
            sent += len(part)
            kept_up = _drained(watch, sent)
            offered.append(_Offered(rate / throughput, rate, kept_up, delivery, due_ms(part, schedule, delivery), len(part)))
        _wait_for_decisions(on, watch, sum(len(one.due_ms) for one in offered))
        decided, alerts = list(_decided(on.decisions)), list(_alerts(on.redis.url))
        on.cluster.rest.cancel(job)
    levels = tuple(_level(one, plan.level_warm_up_s, decided, alerts) for one in offered[1:])
    return Latency("kafka" if with_kafka else "file", throughput, tick_s * 1000, plan.level_warm_up_s, levels)


def _way_in(on: Rig) -> tuple[float, str, Send, tuple[str, ...]]:
    """Return how events get in: seconds between two deliveries, source URL, sender, further settings."""
    if on.broker is None:
        folder = on.folder / "incoming"
        folder.mkdir()
        return DISCOVER_S, f"file:{folder}", _Files(folder), ()
    from confluent_kafka import Producer

    from flink_job.bench.broker import account_of

    # it lingers 5 ms, as its default is: part of the latencies
    producer = Producer({**on.broker.client, "acks": 1})

    def send(lines: Sequence[bytes]) -> None:
        for line in lines:
            producer.produce("paced", line, account_of(line))
        producer.poll(0)

    return TICK_S, on.broker.create("paced"), send, ()


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


def _alerts(url: str) -> Iterator[tuple[str, int]]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        for entry, fields in client.xrange(f"{PREFIX}alerts"):
            yield fields["id"], int(entry.partition("-")[0])


def _level(one: _Offered, warm_up_s: float, decided: Sequence[tuple[str, int]], alerts: Sequence[tuple[str, int]]) -> Level:
    from_ms = one.delivery.began_ms + warm_up_s * 1000
    to_decision, to_alert = latencies(one.due_ms, decided, from_ms), latencies(one.due_ms, alerts, from_ms)
    return Level(
        share=one.share,
        offered_per_s=one.rate,
        kept_up=one.kept_up,
        handed_over_late_ms=one.delivery.latest_ms,
        events=len(to_decision),
        decisions=percentiles(to_decision),
        alerts=percentiles(to_alert),
        alert_count=len(to_alert),
    )
