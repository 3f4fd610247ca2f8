"""The loop on Redis alone, everything on this machine: full load, latency at steady rates, memory of Redis.

Events go into one stream of the embedded server, decisions come out of another. A decision counts by its
entry's id, which is Redis's own clock.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import redis

from flink_job.bench.histories import simulated
from flink_job.bench.paced import Delivery, Schedule, deliver, due_ms, latencies, percentiles
from flink_job.bench.plan import Plan
from flink_job.bench.processes import ProcessUsage, spent, usage
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.cluster.rest import ENDED, ClusterError
from flink_job.cluster.submission import submit
from gnn.history.replay import event_lines

PREFIX = "bench:"
EVENTS, DECISIONS = "events", "decisions"
FEEDER = "feeder"
MAX_LENGTH = 30_000
"""Of each stream: the minutes of `steady` show whether Redis keeps to it."""
PIPELINE, TICK_S = 500, 0.005
WARM_SHARE = 0.4
"""Of the decisions at full load, which come while the JVM still compiles."""
DECIDED_S = 120.0
SAMPLE_S = 10.0


@dataclass(frozen=True)
class PacedLevel:
    """ms from when an event was due to its decision's entry, after the warm-up of the level."""

    rate: float
    kept_up: bool
    handed_over_late_ms: float
    events: int
    decisions: Mapping[str, float]
    cpu_us: Mapping[str, float]
    """Per line, by process, with what the processes do besides."""


@dataclass(frozen=True)
class SteadyLoad:
    """Memory of Redis (MiB) under the highest rate, every ten seconds, and its keys at the end by type."""

    rate: float
    seconds: float
    redis_mib: tuple[float, ...]
    keys: Mapping[str, int]


@dataclass(frozen=True)
class LoopRun:
    """One job; `events_per_s` counts all lines, also labels."""

    early_approval: bool
    events_per_s: float
    cpu_us: Mapping[str, float]
    levels: tuple[PacedLevel, ...]
    steady: SteadyLoad | None


def measure(chosen: Chosen, plan: Plan, early_approval: bool, with_steady: bool) -> LoopRun:
    """Run the real job at parallelism 1, and offer it everything at once, then each rate in turn."""
    level_s = plan.level_s + plan.level_warm_up_s
    steady_s = plan.redis_steady_s if with_steady else 0.0
    needed = plan.redis_events + sum(int(rate * level_s) for rate in plan.redis_rates) + int(max(plan.redis_rates) * steady_s)
    lines = event_lines([simulated(needed, plan.seed + 2, chosen.scratch)])
    with rig(chosen, f"redis-{early_approval}", 1) as on, redis.Redis.from_url(on.redis.url, decode_responses=True) as client:
        words = ["--source", f"redis:{EVENTS}", "--set", f"job.labels=['redis:{EVENTS}']", "--decisions", f"redis:{DECISIONS}"]
        limits = (f"redis.prefix={PREFIX}", f"redis.max_length={MAX_LENGTH}", f"job.early_approval={str(early_approval).lower()}")
        job = submit(on.cluster, [*words, *on.settings_words(*limits)], 1)
        loop = Loop(on, client, job)
        try:
            full = loop.full_load(list(islice(lines, plan.redis_events)))
            levels = tuple(loop.level(rate, list(islice(lines, int(rate * level_s))), plan.level_warm_up_s) for rate in plan.redis_rates)
            steady = loop.steady(max(plan.redis_rates), lines, steady_s) if with_steady else None
        finally:
            loop.end()
    return LoopRun(early_approval, *full, levels, steady)


class Loop:
    """A running job, its feeder (this process), and what has been decided."""

    def __init__(self, on: Rig, client: Any, job: str) -> None:
        self._on, self._client, self._job = on, client, job
        self._seen = Decisions(on.redis.url)
        self._seen.start()

    def full_load(self, lines: Sequence[bytes]) -> tuple[float, Mapping[str, float]]:
        """Return lines per second and CPU per line while everything waits in the stream."""
        wanted, before = len(due_ms(lines, Schedule(1.0), Delivery(0.0, 0.0))), self._usage()
        for first in range(0, len(lines), PIPELINE):
            self._send(lines[first : first + PIPELINE])
        found = self._decided(wanted)
        cpu = _per_line(before, self._usage(), len(lines))
        times = [ms for _, ms in found]
        warm = int(WARM_SHARE * wanted)
        return (wanted - warm) / max(0.001, (times[-1] - times[warm]) / 1000) * len(lines) / wanted, cpu

    def level(self, rate: float, lines: Sequence[bytes], warm_up_s: float) -> PacedLevel:
        """Return the latencies at a steady rate."""
        schedule, before = Schedule(rate), self._usage()
        delivery = deliver(len(lines), schedule, TICK_S, lambda first, end: self._send(lines[first:end]))
        ended, due = time.monotonic(), due_ms(lines, schedule, delivery)
        found = self._decided(len(due))
        kept_up, cpu = time.monotonic() - ended < 5.0, _per_line(before, self._usage(), len(lines))
        took = latencies(due, found, delivery.began_ms + warm_up_s * 1000)
        return PacedLevel(rate, kept_up, delivery.latest_ms, len(took), percentiles(took), cpu)

    def steady(self, rate: float, lines: Iterator[bytes], seconds: float) -> SteadyLoad:
        """Return how Redis's memory went."""
        part, memory = list(islice(lines, int(rate * seconds))), [self._redis_mib()]
        next_s = time.monotonic() + SAMPLE_S

        def send(first: int, end: int) -> None:
            nonlocal next_s
            self._send(part[first:end])
            if time.monotonic() >= next_s:
                next_s += SAMPLE_S
                memory.append(self._redis_mib())

        schedule = Schedule(rate)
        delivery = deliver(len(part), schedule, TICK_S, send)
        self._decided(len(due_ms(part, schedule, delivery)))
        keys = Counter(str(self._client.type(key)) for key in self._client.scan_iter(count=1000))
        return SteadyLoad(rate, seconds, (*memory, self._redis_mib()), dict(keys))

    def end(self) -> None:
        self._seen.end()
        if self._on.cluster.rest.state(self._job) not in ENDED:
            self._on.cluster.rest.cancel(self._job)

    def _send(self, lines: Sequence[bytes]) -> None:
        with self._client.pipeline(transaction=False) as pipe:
            for line in lines:
                pipe.xadd(f"{PREFIX}{EVENTS}", {"json": line})
            pipe.execute()

    def _decided(self, count: int) -> list[tuple[str, int]]:
        """Wait for so many decisions; return event and time (ms) of each."""
        moved, last = time.monotonic(), -1
        while (now := self._seen.count()) < count:
            if now > last:
                moved, last = time.monotonic(), now
            if time.monotonic() - moved > DECIDED_S or self._on.cluster.rest.state(self._job) in ENDED:
                raise ClusterError(f"{now:,} of {count:,} events were decided: see the cluster's logs")
            time.sleep(0.2)
        return self._seen.take()

    def _usage(self) -> ProcessUsage:
        of_rig, own = self._on.usage(), usage({FEEDER: os.getpid()})
        return ProcessUsage({**of_rig.processes, **own.processes}, of_rig.threads, {**of_rig.resident, **own.resident})

    def _redis_mib(self) -> float:
        return float(self._client.info("memory")["used_memory"]) / 2**20


class Decisions(threading.Thread):
    """Reader of the decisions, beside the feeder: the stream is trimmed while it grows."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._ended = url, threading.Event()
        self._found: list[tuple[str, int]] = []

    def run(self) -> None:
        last = "0-0"
        with redis.Redis.from_url(self._url, decode_responses=True) as client:
            while not self._ended.is_set():
                reply: Any = client.xread({f"{PREFIX}{DECISIONS}": last}, count=1000, block=100)
                for entry, fields in reply[0][1] if reply else ():
                    last = entry
                    self._found.append((fields["id"], int(entry.partition("-")[0])))

    def count(self) -> int:
        return len(self._found)

    def take(self) -> list[tuple[str, int]]:
        """Return what has come since the last call, and forget it."""
        found, self._found = self._found, []
        return found

    def end(self) -> None:
        self._ended.set()
        self.join()


def _per_line(before: ProcessUsage, after: ProcessUsage, lines: int) -> dict[str, float]:
    return {name: seconds / lines * 1e6 for name, seconds in spent(before.processes, after.processes).items()}
