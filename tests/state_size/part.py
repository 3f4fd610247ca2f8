"""What a part of a run showed: its rate and its CPU, from the first sample of the part to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flink_job.bench.processes import spent
from flink_job.bench.samples import Sample


@dataclass(frozen=True)
class Part:
    """Of the events that made entities, or of those that came back to them."""

    events: int
    seconds: float
    events_per_s: float
    cpu_us: float
    """CPU per event of all processes: what holds beside other work, too."""


def part_of(samples: Sequence[Sample], first: int, last: int) -> Part | None:
    """Return what the samples of `first` to `last` events show; None if there are less than two."""
    within = [sample for sample in samples if first <= sample.events <= last]
    if len(within) < 2 or within[-1].events == within[0].events:
        return None
    begin = next(one for one, after in pairwise(within) if after.events > one.events)  # not while nothing is there to read
    end = next(one for one in within if one.events == within[-1].events)
    events, seconds = end.events - begin.events, end.at_s - begin.at_s
    used = sum(spent(begin.usage.processes, end.usage.processes).values())
    return Part(events, seconds, events / seconds, 1e6 * used / events)
