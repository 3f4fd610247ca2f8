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

from flink_job.bench import job_part
from flink_job.bench.engine_run import EngineRun
from flink_job.bench.histories import simulated
from flink_job.bench.machine import machine, settings_document, versions
from flink_job.bench.plan import JOB, Plan
from flink_job.bench.requirements import kafka_missing
from flink_job.bench.rig import Chosen
from flink_job.environment import check_disk
from flink_job.local_run import terminated_as_interrupt

SCHEMA = 1


class Bench:
    """One run; `document` is what has been measured so far."""

    def __init__(self, plan: Plan, chosen: Chosen) -> None:
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
        parts: dict[str, Callable[[], Any]] = {JOB: self._job}
        for name in self._plan.parts:
            began = time.monotonic()
            self.document[name] = parts[name]()
            _say(f"{name} is done after {time.monotonic() - began:.0f} s")
            yield name

    @property
    def _events(self) -> Path:
        return simulated(self._plan.events, self._plan.seed, self._chosen.scratch)

    def _job(self) -> dict[str, Any]:
        sources = (job_part.FILE, *(() if self._missing else (job_part.KAFKA,)))
        runs = [
            _said(job_part.measure(self._chosen, self._events, source, parallelism))
            for source in sources
            for parallelism in self._plan.parallelisms
        ]
        start_s = job_part.first_decision_s(self._chosen, self._events)
        return {"runs": [asdict(run) for run in runs], "first_decision_s": start_s}


def run_bench(plan: Plan, config: Path | None, overrides: tuple[str, ...], out: Path) -> str:
    """Measure what the plan names, write bench.json, bench.md and the plots to `out`; returns the table."""
    check_disk(out)
    with terminated_as_interrupt(), _scratch() as scratch:
        bench = Bench(plan, Chosen(config, overrides, scratch))
        for _ in bench.run():  # what is measured is kept, even if a later part fails
            (out / "bench.json").write_text(json.dumps(bench.document, indent=1) + "\n", encoding="utf-8")
    return ""


def _said(run: EngineRun) -> EngineRun:
    _say(
        f"{run.what} from {run.source} at parallelism {run.parallelism}: {run.events_per_s:,.0f} events/s, {run.cpu_us_all:,.0f} us of CPU"
    )
    return run


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ringwatch-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)
