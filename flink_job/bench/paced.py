"""A history delivered at a steady rate, and how long each of its events took from the moment it was due.

The load is open: an event that is delivered late counts from when it should have come, so that a job that
stalls cannot hide the wait of those after it ("coordinated omission").
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.whole_files import unfinished

PERCENTILES = (50.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True)
class Schedule:
    """Event i (from 0 on) is due i / rate seconds after the beginning."""

    rate: float

    def due(self, passed_s: float) -> int:
        """Return how many events are due after so many seconds."""
        return int(passed_s * self.rate) + 1

    def due_s(self, index: int) -> float:
        return index / self.rate


@dataclass(frozen=True)
class Delivery:
    """How it went."""

    began_ms: float
    """Since 1970."""
    latest_ms: float
    """How late the latest event was handed over: what is more than the tick, the sender itself could not
    keep up with.
    """


def deliver(count: int, schedule: Schedule, tick_s: float, send: Callable[[int, int], None]) -> Delivery:
    """Call `send(first, end)` every tick for the events that have become due, until `count` events have been
    sent.
    """
    began, began_ms = time.monotonic(), time.time_ns() / 1e6
    sent, latest_s = 0, 0.0
    while sent < count:
        due = min(count, schedule.due(time.monotonic() - began))
        if due > sent:
            send(sent, due)
            latest_s = max(latest_s, time.monotonic() - began - schedule.due_s(sent))
            sent = due
        time.sleep(max(0.0, tick_s - (time.monotonic() - began) % tick_s))
    return Delivery(began_ms, latest_s * 1000)


def write_file(folder: Path, number: int, lines: Iterable[bytes]) -> None:
    """Write a file of whole lines that appears at once in a watched folder."""
    with unfinished(folder / f"{number:09}.jsonl") as (made,):
        made.write_bytes(b"".join(lines))


def due_ms(lines: Sequence[bytes], schedule: Schedule, delivery: Delivery) -> dict[str, float]:
    """Return when each event that must be decided was due, by its id, in ms since 1970."""
    return {name: delivery.began_ms + schedule.due_s(index) * 1000 for index, name in _decided(lines)}


def _decided(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    for index, event in enumerate(map(json.loads, lines)):
        if event["event_type"] != "label":
            yield index, event["event_id"]


def latencies(sent_ms: Mapping[str, float], seen_ms: Iterable[tuple[str, int]], from_ms: float) -> NDArray[np.float64]:
    """Return the ms until they were seen of the events that were due from `from_ms` on."""
    return np.array([seen - sent_ms[name] for name, seen in seen_ms if sent_ms.get(name, 0) >= from_ms], np.float64)


def percentiles(values: NDArray[np.float64]) -> dict[str, float]:
    """Return `p50` to `p99.9`; nothing if there are no values."""
    if not len(values):
        return {}
    points = np.percentile(values, PERCENTILES)
    return {f"p{rank:g}": float(value) for rank, value in zip(PERCENTILES, points, strict=True)}


def shown(values: NDArray[np.float64]) -> str:
    """Return the percentiles in words, in ms."""
    return ", ".join(f"{name} {value:,.0f}" for name, value in percentiles(values).items()) + f" ms of {len(values):,}"
