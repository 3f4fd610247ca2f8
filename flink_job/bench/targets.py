"""The targets that ringwatch has set itself on two cores, and what a run says to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Document = Mapping[str, Any]
"""bench.json."""
AIM, MUST, MISSED, UNKNOWN = "aim", "must", "missed", "not measured"


@dataclass(frozen=True)
class Target:
    name: str
    unit: str
    must: float
    aim: float
    value: Callable[[Document], float | None]
    """None: this run has not measured it."""
    more_is_better: bool = False

    def met(self, value: float | None) -> str:
        if value is None:
            return UNKNOWN
        sign = 1 if self.more_is_better else -1
        if sign * value >= sign * self.aim:
            return AIM
        return MUST if sign * value >= sign * self.must else MISSED


@dataclass(frozen=True)
class TargetVerdict:
    name: str
    unit: str
    must: float
    aim: float
    value: float | None
    met: str


def target_verdicts(document: Document) -> list[dict[str, Any]]:
    """Return one verdict per target, as it goes into bench.json."""
    values = [(target, target.value(document)) for target in TARGETS]
    return [asdict(TargetVerdict(one.name, one.unit, one.must, one.aim, value, one.met(value))) for one, value in values]


def best(document: Document) -> Mapping[str, Any] | None:
    """Return the fastest run of the job."""
    runs = _runs(document, "job")
    return max(runs, key=lambda run: run["events_per_s"]) if runs else None


def plain(document: Document, part: str = "job") -> Mapping[str, Any] | None:
    """Return the run from a file at parallelism 1."""
    return next((run for run in _runs(document, part) if run["source"] == "file" and run["parallelism"] == 1), None)


def _runs(document: Document, part: str) -> list[Mapping[str, Any]]:
    return list(document.get(part, {}).get("runs", []))


def _of_best(name: str) -> Callable[[Document], float | None]:
    def value(document: Document) -> float | None:
        run = best(document)
        return float(run[name]) if run else None

    return value


def _to_part(part: str) -> Callable[[Document], float | None]:
    """Return how many times as fast the job is as another engine run, both from a file at parallelism 1."""

    def value(document: Document) -> float | None:
        job, other = plain(document), plain(document, part)
        return job["events_per_s"] / other["events_per_s"] if job and other else None

    return value


def _to_replay(document: Document) -> float | None:
    run = best(document)
    return run["events_per_s"] / document["replay"]["events_per_s"] if run and "replay" in document else None


def _cpu(document: Document) -> float | None:
    run = plain(document)
    return float(run["cpu_us_all"]) if run else None


def _state(document: Document) -> float | None:
    run = plain(document)
    return float(run["state"]["mean_bytes_per_entity"]) if run and run["state"] else None


def _start(document: Document) -> float | None:
    return float(document["job"]["first_decision_s"]) if "job" in document else None


def _cpu_ratio(document: Document) -> float | None:
    """Return CPU per event with two subtasks to that with one, both from a file."""
    by_parallelism = {run["parallelism"]: float(run["cpu_us_all"]) for run in _runs(document, "job") if run["source"] == "file"}
    return by_parallelism[2] / by_parallelism[1] if {1, 2} <= by_parallelism.keys() else None


def _skew_ratio(document: Document) -> float | None:
    """Return p99 of the others beside the worst crowded entity to the best that there is without one."""
    levels = [level for level in document.get("skew", {}).get("levels", []) if level["others"]]
    without = [level["others"]["p99"] for level in levels if not level["its_own"]]
    beside = [level["others"]["p99"] for level in levels if level["its_own"]]
    return max(beside) / min(without) if beside and without else None


def _latency(share: float, percentile: str, parallelism: int = 1) -> Callable[[Document], float | None]:
    def value(document: Document) -> float | None:
        levels = [level for run in _runs(document, "latency") if run["parallelism"] == parallelism for level in run["levels"]]
        return next((level["decisions"].get(percentile) for level in levels if abs(level["share"] - share) < 0.01), None)

    return value


def _loop(document: Document) -> Mapping[str, Any] | None:
    """Return the run on Redis alone with early approval, which is how that mode is to be run."""
    return next((run for run in _runs(document, "redis") if run["early_approval"]), None)


def _loop_throughput(document: Document) -> float | None:
    run = _loop(document)
    return float(run["events_per_s"]) if run else None


def _loop_latency(percentile: str) -> Callable[[Document], float | None]:
    """Return a percentile at 500 events/s."""

    def value(document: Document) -> float | None:
        run = _loop(document)
        return next((level["decisions"].get(percentile) for level in run["levels"] if level["rate"] == 500), None) if run else None

    return value


def _service_p99(document: Document) -> float | None:
    """Return p99 at 300 requests/s."""
    levels = document.get("service", {}).get("levels", [])
    return next((level["ms"]["p99"] for level in levels if level["rate"] == 300), None)


def growth_ratio(document: Document) -> float | None:
    """Cost of an event with 1M entities to that with 10k."""
    costs = {cost["size"]: cost["step_us"] + cost["score_us"] for cost in document.get("growth", {}).get("by_entities", [])}
    return costs[1_000_000] / costs[10_000] if {10_000, 1_000_000} <= costs.keys() else None


TARGETS = (
    Target("job at full load, fastest run", "events/s", 6_000, 10_000, _of_best("events_per_s"), True),
    Target("job : Flink SQL, both from file at parallelism 1", "x", 1.0, 2.0, _to_part("sql"), True),
    Target("job, fastest run : replay in one process", "x", 0.6, 1.2, _to_replay, True),
    Target("job : naive PyFlink, both from file at parallelism 1", "x", 8, 15, _to_part("naive"), True),
    Target("p99 to decision at 50% load", "ms", 250, 100, _latency(0.5, "p99")),
    Target("p99.9 to decision at 70% load", "ms", 1_000, 250, _latency(0.7, "p99.9")),
    Target("p99 to decision at 70% load, parallelism 2", "ms", 500, 250, _latency(0.7, "p99", 2)),
    Target("p99 of others beside an entity with 30% of the events : without it", "x", 2.0, 1.2, _skew_ratio),
    Target("Redis alone at full load", "events/s", 1_500, 3_000, _loop_throughput, True),
    Target("Redis alone: p50 to decision at 500/s", "ms", 100, 60, _loop_latency("p50")),
    Target("Redis alone: p99 to decision at 500/s", "ms", 500, 250, _loop_latency("p99")),
    Target("POST /v1/score: p99 at 300/s", "ms", 500, 250, _service_p99),
    Target("CPU per event, all processes, from file at parallelism 1", "us", 300, 180, _cpu),
    Target("parallelism 2 : parallelism 1, CPU per event from file", "x", 1.4, 1.15, _cpu_ratio),
    Target("state per entity, mean", "bytes", 2_000, 1_000, _state),
    Target("cost per event, 1M entities : 10k", "x", 1.5, 1.1, growth_ratio),
    Target("start to first decision, local", "s", 25, 12, _start),
)
