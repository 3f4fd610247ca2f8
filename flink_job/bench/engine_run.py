"""What one job on a cluster showed: throughput, CPU per event, memory, state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.errors import SettingError
from flink_job.bench.processes import spent
from flink_job.bench.samples import Checkpoint, Sample
from flink_job.bench.steady_window import steady_window

BROKER = "kafka broker"
THREADS_SHOWN = 24


@dataclass(frozen=True)
class StateSize:
    """Of one checkpoint."""

    events: int
    """Read before it."""
    state_bytes: int
    entities: Mapping[str, int]
    """Distinct ones in those events, by kind."""
    bytes_per_entity: Mapping[str, float]
    """By kind, where a kind's stage is a task of its own."""
    mean_bytes_per_entity: float


@dataclass(frozen=True)
class EngineRun:
    """All times and counts are those of the settled middle, but for `series` and the peaks."""

    what: str
    source: str
    parallelism: int
    events: int
    settled_events: int
    settled_s: float
    warm: bool
    events_per_s: float
    cpu_us: Mapping[str, float]
    """CPU per event by process."""
    cpu_us_all: float
    """Of all processes but the broker, which is not ours."""
    thread_cpu_us: Mapping[str, float]
    """CPU per event of the TaskManagers' dearest threads."""
    peak_mib: Mapping[str, float]
    checkpoints: int
    checkpoint_ms: float | None
    """Mean, from trigger to completion."""
    state: StateSize | None
    series_s: Sequence[float]
    """Since the first event."""
    series_events_per_s: Sequence[float]


def engine_run(
    what: str,
    source: str,
    parallelism: int,
    total: int,
    samples: Sequence[Sample],
    checkpoints: Sequence[Checkpoint],
    state: StateSize | None,
) -> EngineRun:
    """Return the figures of a run of `total` events."""
    part = steady_window([(sample.at_s, sample.events) for sample in samples], total)
    first = samples[part.first]
    last = _last_complete(first, samples[part.first + 1 : part.last + 1])
    events, seconds = last.events - first.events, last.at_s - first.at_s
    per_event = 1e6 / events
    cpu = {name: value * per_event for name, value in spent(first.usage.processes, last.usage.processes).items()}
    threads = {name: value * per_event for name, value in spent(first.usage.threads, last.usage.threads).items()}
    series = rates(samples)
    return EngineRun(
        what=what,
        source=source,
        parallelism=parallelism,
        events=total,
        settled_events=events,
        settled_s=seconds,
        warm=part.warm,
        events_per_s=events / seconds,
        cpu_us=cpu,
        cpu_us_all=sum(value for name, value in cpu.items() if name != BROKER),
        thread_cpu_us=dict(list(threads.items())[:THREADS_SHOWN]),
        peak_mib=peaks(samples),
        checkpoints=len(checkpoints),
        checkpoint_ms=sum(one.took_ms for one in checkpoints) / len(checkpoints) if checkpoints else None,
        state=state,
        series_s=[at for at, _ in series],
        series_events_per_s=[rate for _, rate in series],
    )


def _last_complete(first: Sample, later: Sequence[Sample]) -> Sample:
    """Return the last sample that has every process of the first.

    What an ended process had used is not known.
    """
    complete = [sample for sample in later if first.usage.processes.keys() <= sample.usage.processes.keys()]
    if not complete:
        raise SettingError("the job's processes did not last while it was measured: take more --events")
    return complete[-1]


def peaks(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the most resident MiB by process."""
    names = dict.fromkeys(name for sample in samples for name in sample.usage.resident)
    return {name: max(sample.usage.resident.get(name, 0) for sample in samples) / 2**20 for name in names}


def rates(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return pairs: seconds since the first event, and events per second from one sample to the next."""
    reading = [sample for sample in samples if sample.events]
    return [(b.at_s - reading[0].at_s, (b.events - a.events) / (b.at_s - a.at_s)) for a, b in pairwise(reading)]
