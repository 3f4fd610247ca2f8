"""All parts, one after the other, and what they leave in the folder of results."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.errors import SettingError
from flink_job.bench import (
    control_part,
    growth_part,
    job_part,
    latency_part,
    naive_part,
    redis_part,
    replay_part,
    service_part,
    skew_part,
    sql_part,
)
from flink_job.bench.engine_run import EngineRun
from flink_job.bench.histories import simulated
from flink_job.bench.latency_part import Latency
from flink_job.bench.machine import machine, settings_document, versions
from flink_job.bench.plan import CONTROL, GROWTH, JOB, LATENCY, NAIVE, REDIS, REPLAY, SERVICE, SKEW, SQL, Plan
from flink_job.bench.plots import plot
from flink_job.bench.report import report
from flink_job.bench.requirements import kafka_missing
from flink_job.bench.rig import Chosen, no_outside_services
from flink_job.bench.skew_part import Skew
from flink_job.bench.targets import target_verdicts
from flink_job.cluster.environment import check_disk
from flink_job.cluster.interrupt import terminated_as_interrupt

SCHEMA = 2
"""Of bench.json: another number, another meaning of some figure."""


class Bench:
    """One run; `document` is what has been measured so far."""

    def __init__(self, plan: Plan, chosen: Chosen) -> None:
        shared = [part for part in (LATENCY, SKEW) if part in plan.parts]
        if shared and JOB not in plan.parts and plan.throughput is None:
            raise SettingError(f"--only {shared[0]} takes shares of a throughput: give it with --throughput, or measure job, too")
        self._plan, self._chosen = plan, chosen
        self._missing = kafka_missing(Path(chosen.settings().kafka.jars)) if plan.with_kafka else "not asked for"
        self.document: dict[str, Any] = {
            "schema": SCHEMA,
            "began": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "versions": versions(),
            "plan": asdict(plan),
            "kafka": self._missing or "measured",
            "settings": settings_document(chosen.settings()),
        }

    def run(self) -> Iterator[str]:
        """Measure part by part; the name of each as it is done."""
        parts: dict[str, Callable[[], Any]] = {
            JOB: self._job,
            LATENCY: lambda: {"runs": [self._paced(latency_part.measure, parallelism) for parallelism in self._plan.parallelisms]},
            SKEW: lambda: self._paced(skew_part.measure, self._plan.parallelisms[-1]),
            REDIS: self._redis,
            SERVICE: lambda: asdict(service_part.measure(self._chosen, self._plan)),
            REPLAY: lambda: asdict(replay_part.measure(self._chosen, self._events)),
            SQL: lambda: {"runs": [_told(sql_part.measure(self._chosen, self._events, p)) for p in self._plan.parallelisms]},
            NAIVE: self._naive,
            GROWTH: lambda: asdict(growth_part.measure(self._chosen, self._plan)),
            CONTROL: lambda: asdict(control_part.measure(self._chosen, self._events)),
        }
        for name in self._plan.parts:
            began = time.monotonic()
            self.document[name] = parts[name]()
            self.document["targets"] = target_verdicts(self.document)
            _say(f"{name} is done after {time.monotonic() - began:.0f} s")
            yield name

    @property
    def _events(self) -> Path:
        return simulated(self._plan.events, self._plan.seed, self._chosen.scratch)

    def _job(self) -> dict[str, Any]:
        sources = (job_part.FILE, *(() if self._missing else (job_part.KAFKA,)))
        pairs = [(source, parallelism) for source in sources for parallelism in self._plan.parallelisms]
        runs = [_told(job_part.measure(self._chosen, self._events, *pair)) for pair in pairs]
        return {"runs": runs, "first_decision_s": job_part.first_decision_s(self._chosen, self._events)}

    def _paced(self, measure: Callable[[Chosen, Plan, float, int, bool], Latency | Skew], parallelism: int) -> dict[str, Any]:
        """Measure at shares of the throughput from the same kind of source at the same parallelism."""
        throughput = self._plan.throughput
        if throughput is None:
            wanted = job_part.FILE if self._missing else job_part.KAFKA, parallelism
            (throughput,) = (run["events_per_s"] for run in self.document[JOB]["runs"] if (run["source"], run["parallelism"]) == wanted)
        return asdict(measure(self._chosen, self._plan, throughput, parallelism, not self._missing))

    def _redis(self) -> dict[str, Any]:
        runs = [asdict(redis_part.measure(self._chosen, self._plan, early, with_steady=early)) for early in (False, True)]
        for run in runs:
            approval = "early" if run["early_approval"] else "late"
            _say(f"Redis alone, {approval} approval: {run['events_per_s']:,.0f} events/s at full load")
        return {"max_length": redis_part.MAX_LENGTH, "runs": runs}

    def _naive(self) -> dict[str, Any]:
        events = simulated(self._plan.naive_events, self._plan.seed, self._chosen.scratch)
        return {"runs": [_told(naive_part.measure(self._chosen, events))]}


def run_bench(plan: Plan, config: Path | None, overrides: tuple[str, ...], out: Path) -> str:
    """Measure what the plan names, write bench.json, bench.md and the plots to `out`; returns the tables."""
    check_disk(out)
    text = ""
    with terminated_as_interrupt(), no_outside_services(), _scratch() as scratch:
        bench = Bench(plan, Chosen(config, overrides, scratch))
        for _ in bench.run():  # what has been measured is kept, even if a later part fails
            text = report(bench.document)
            (out / "bench.json").write_text(json.dumps(bench.document, indent=1) + "\n", encoding="utf-8")
            (out / "bench.md").write_text(text, encoding="utf-8")
            plot(bench.document, out)
    return text


def _told(run: EngineRun) -> dict[str, Any]:
    where = f"{run.what} from {run.source} at parallelism {run.parallelism}"
    _say(f"{where}: {run.events_per_s:,.0f} events/s, {run.cpu_us_all:,.0f} us of CPU per event")
    return asdict(run)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ringwatch-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)
