"""A shop as counts: what usually comes in each quarter of an hour, and waves on top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from domain.incidents.incident import Incident
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.counts import BUCKET_MS, Counts
from domain.incidents.waves.watch import WaveWatch
from domain.memory.crowd import AGE_CLASSES, CROWD_TYPES, NO_CROWD

START = 1_767_571_200_000  # 2026-01-05T00:00:00Z, a Monday
FIRST = START // BUCKET_MS
DAY = 96  # buckets
BY_HOUR = np.array([3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 14, 12, 11, 11, 12, 14, 17, 20, 21, 18, 12, 6]) / 9.8
USUAL = {
    ("login", "old", 1): 12.0, ("order", "old", 1): 6.0, ("payment", "old", 0): 6.0, ("signup", "new", 1): 1.5, ("order", "new", 1): 0.8,
    ("payment", "new", 0): 0.8, ("refund_request", "old", 1): 0.4, ("refund_request", "new", 1): 0.01, ("signup", "new", 2): 0.04,
}  # fmt: skip
"""(type, age, mail) -> events an hour, on average."""


def crowd(kind: str, age: str, mail: int) -> int:
    """The number of a crowd, written out again."""
    return NO_CROWD + 1 + (CROWD_TYPES.index(kind) * len(AGE_CLASSES) + AGE_CLASSES.index(age)) * 3 + mail


def count(bucket: int, kind: str, age: str, mail: int, events: int, units: int = 0) -> Counts:
    at = bucket * BUCKET_MS
    return bucket, crowd(kind, age, mail), "EUR" if units else "", events, units * events, at + 1000, at + 800_000


def usual_counts(days: float, seed: int, grown: Sequence[tuple[int, int, float]] = ()) -> Iterator[Counts]:
    """Poisson counts with the rhythm of the day; `grown`: (first bucket, buckets, factor) of the shop."""
    rng = np.random.default_rng(seed)
    for bucket in range(FIRST, FIRST + round(days * DAY)):
        rate = BY_HOUR[bucket % DAY // 4] / 4
        for first, buckets, factor in grown:
            rate *= factor if first <= bucket < first + buckets else 1.0
        for (kind, age, mail), mean in USUAL.items():
            events = int(rng.poisson(mean * rate))
            if events:
                yield count(bucket, kind, age, mail, events)


def found(counts: Sequence[Counts], settings: IncidentSettings | None = None, silent_until_ms: int = 0) -> list[Incident]:
    """The revisions of the waves in counts of any order."""
    watch = WaveWatch(settings or IncidentSettings(), silent_until_ms)
    watch.take(counts)
    return list(watch.advance(1 << 62))
