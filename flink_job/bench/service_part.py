"""`POST /v1/score` with job, Redis, service and load on this machine: answers at steady rates, and while the
TaskManager that decides is killed.

A request's time is from when it was due to the end of its answer, see `http_load`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import redis

from flink_job.bench.histories import simulated
from flink_job.bench.paced import percentiles
from flink_job.bench.plan import Plan
from flink_job.bench.processes import TASKMANAGER, ProcessUsage, spent, usage
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.cluster.environment import CODE
from flink_job.cluster.rest import ClusterError
from flink_job.cluster.submission import submit
from gnn.history.replay import event_lines
from ops.free_ports import free_port

PREFIX = "bench:"
SERVICE, WORKER, LOAD = "service", "worker", "load"
KEPT = 2_000_000
"""Entries of a stream: nothing is trimmed, so that each decision can be counted."""
CLAIM_S = 366 * 86_400
"""Events of a simulation have times of the past: the store is not to be asked about them as about repeats."""
READY_S, DECIDED_S = 60.0, 180.0
KILLED_AT = 0.4
"""Of a level."""


@dataclass(frozen=True)
class AnsweredLevel:
    """What became of the requests of one level, after its warm-up."""

    rate: float
    seconds: float
    requests: int
    ms: Mapping[str, float]
    longest_ms: float
    after_deadline: int
    """Requests that were answered later than `service.score.deadline_ms`."""
    statuses: Mapping[str, int]
    """How often each was answered; `0`: not at all."""
    fallbacks: int
    foreign: int
    """Answers that named another event."""
    late_ms: float
    """The latest request, by the load itself."""
    cpu_us: Mapping[str, float]
    """Per request, by process."""


@dataclass(frozen=True)
class ServiceRun:
    """All levels of one job; in the last one its TaskManager is killed."""

    deadline_ms: int
    warm_up: AnsweredLevel
    """By a job that is cold."""
    levels: tuple[AnsweredLevel, ...]
    killed: AnsweredLevel
    events: int
    """Accepted in all, by the answers' word."""
    not_accepted: int
    """Requests without an answer, refused ones, and fallbacks whose event was not in the stream yet."""
    decided_once: int
    decided_again: int
    undecided: int
    """Accepted events that were not decided within `DECIDED_S`."""


def measure(chosen: Chosen, plan: Plan) -> ServiceRun:
    """Run job and service, and ask at each rate."""
    warm_up = (plan.service_rates[len(plan.service_rates) // 2], plan.service_warm_up_s)
    levels = [warm_up, *((rate, plan.service_level_s) for rate in plan.service_rates)]
    killed = (warm_up[0], plan.service_killed_s)
    needed = sum(int(rate * seconds) for rate, seconds in (*levels, killed))
    lines = (line for line in event_lines([simulated(int(1.1 * needed) + 100, plan.seed + 3, chosen.scratch)]) if b'"label"' not in line)
    limits = (f"redis.prefix={PREFIX}", f"redis.max_length={KEPT}", "job.early_approval=true", f"service.score.claim_s={CLAIM_S}")
    with rig(chosen, "service", 2) as on:
        words = on.settings_words(*limits, f"service.store.url=sqlite:{on.folder / 'store.db'}")
        submit(on.cluster, ["--source", "redis:events", "--set", "job.labels=[]", "--decisions", "redis:decisions", *words], 1)
        with serving(on.folder, words) as served:
            asked = Asked(on, served, lines)
            first, *found = [asked.level(rate, seconds) for rate, seconds in levels]
            last = asked.level(*killed, kill=True)
            return ServiceRun(on.chosen.settings().service.score.deadline_ms, first, tuple(found), last, *asked.decided())


@dataclass(frozen=True)
class Served:
    """A service that runs."""

    pid: int
    url: str


class Asked:
    """A running job and its service, and what they have been asked."""

    def __init__(self, on: Rig, served: Served, lines: Iterator[bytes]) -> None:
        self._on, self._served, self._lines = on, served, lines
        self._deadline_ms = on.chosen.settings().service.score.deadline_ms
        self._accepted: set[str] = set()
        self._others: set[str] = set()

    def level(self, rate: float, seconds: float, kill: bool = False) -> AnsweredLevel:
        """Ask at a rate for so long; with `kill` end the TaskManager that works, as `kill -9` does."""
        bodies = list(islice(self._lines, int(rate * seconds)))
        sent, out = self._on.folder / "bodies", self._on.folder / "answers.json"
        sent.write_bytes(b"".join(body.strip() + b"\n" for body in bodies))
        began = time.monotonic()
        words = (f"{self._served.url}/v1/score", str(sent), str(rate), str(out))
        load = subprocess.Popen([sys.executable, "-m", "flink_job.bench.http_load", *words], cwd=CODE)  # noqa: S603 - our own program
        before = self._usage(load.pid)
        if kill:
            time.sleep(KILLED_AT * seconds)
            os.kill(self._busiest(), signal.SIGKILL)
        after = self._watched(load, before)
        if load.returncode:
            raise ClusterError(f"the load ended with {load.returncode}")
        cpu = {name: used / len(bodies) * 1e6 for name, used in spent(before.processes, after.processes).items()}
        answers = json.loads(out.read_text("utf-8"))
        for body, is_accepted in zip(bodies, answers["accepted"], strict=True):
            (self._accepted if is_accepted else self._others).add(json.loads(body)["event_id"])
        return _answered(answers, rate, time.monotonic() - began, cpu, self._deadline_ms)

    def _watched(self, load: subprocess.Popen[bytes], before: ProcessUsage) -> ProcessUsage:
        """Return what was used up to shortly before the load ended."""
        after = before
        while load.poll() is None:
            after = self._usage(load.pid)
            time.sleep(0.5)
        return after

    def _usage(self, load: int) -> ProcessUsage:
        children = psutil.Process(self._served.pid).children()
        beside = {WORKER: children[0].pid} if children else {}
        of_rig, own = self._on.usage(), usage({SERVICE: self._served.pid, LOAD: load, **beside})
        return ProcessUsage({**of_rig.processes, **own.processes}, of_rig.threads, {**of_rig.resident, **own.resident})

    def _busiest(self) -> int:
        pids = [pid for name, pid in self._on.cluster.pids().items() if name.startswith(TASKMANAGER)]
        return max(pids, key=lambda pid: sum(psutil.Process(pid).cpu_times()[:2]))

    def decided(self) -> tuple[int, int, int, int, int]:
        """Return how many events were accepted and not, and of the accepted decided once, again, never."""
        until = time.monotonic() + DECIDED_S
        with redis.Redis.from_url(self._on.redis.url, decode_responses=True) as client:
            while self._accepted - set(_ids(client)) and time.monotonic() < until:
                time.sleep(2.0)
            time.sleep(2.0)  # for what might come again
            found = Counter(_ids(client))
        again = sum(count > 1 for count in found.values())
        once = sum(found[one] == 1 for one in self._accepted)
        return len(self._accepted), len(self._others), once, again, len(self._accepted - found.keys())


def _ids(client: Any) -> Iterator[str]:
    last = "-"
    while page := client.xrange(f"{PREFIX}decisions", last, "+", 5000):
        yield from (fields["id"] for _, fields in page)
        last = f"({page[-1][0]}"


def _answered(answers: Mapping[str, Any], rate: float, seconds: float, cpu: Mapping[str, float], deadline_ms: int) -> AnsweredLevel:
    times, statuses = np.array(answers["ms"]), Counter(str(status) for status in answers["status"])
    longest, after = float(times.max()) if len(times) else 0.0, int((times > deadline_ms).sum())
    fallbacks, foreign, late = sum(answers["fallback"]), answers["foreign"], answers["latest_ms"]
    return AnsweredLevel(rate, seconds, len(times), percentiles(times), longest, after, dict(statuses), fallbacks, foreign, late, cpu)


@contextmanager
def serving(folder: Path, words: Sequence[str]) -> Iterator[Served]:
    """Start a service, and end it."""
    port = free_port()
    command = [sys.executable, "-m", "flink_job.cli", "serve", "--port", str(port), *words]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=CODE, stdout=log, stderr=log)  # noqa: S603 - our own program
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}", folder / "service.log")
            yield Served(process.pid, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ClusterError(f"the service is not ready: {log.read_text(errors='replace')[-1000:]}")
