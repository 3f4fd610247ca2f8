"""What is remembered of an entity that only joins rings, such as an IP address: about 110 bytes.

Layout, little-endian: head | counters f4[2] | bitmaps u1[2, 32], the distinct accounts of one to two
windows. Times are event time in ms since 1970.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at
from domain.memory.learning import fade, mark
from domain.memory.meetings import has_met
from domain.memory.record import BITMAP_BYTES, NEVER
from domain.times import DAY_S

VERSION = 3
PLACE_HEAD = np.dtype([
    ("version", "u1"), ("first_seen", "<i8"), ("clock", "<i8"), ("distinct_since", "<i8"), ("ring", "<u8"), ("ring_seen", "<i8"),
])  # fmt: skip
CLOCK_AT = PLACE_HEAD.fields["clock"][1]  # type: ignore[index]
PLACE_HEAD_BYTES = PLACE_HEAD.itemsize
PLACE_COUNTERS = ("meetings", "doubtful")
"""First meetings of accounts, and those of fresh ones (`meetings.py`), decayed."""
MEETINGS, DOUBTFUL = range(len(PLACE_COUNTERS))
HALF_LIFE_S = 30.0 * DAY_S
PLACE_MARKS_AT = PLACE_HEAD_BYTES + 4 * len(PLACE_COUNTERS)
PLACE_BYTES = PLACE_MARKS_AT + 2 * BITMAP_BYTES


@compiled
def begin_place(record: Bytes, now_ms: int, born_ms: int) -> None:
    """Write a place first seen at `born_ms`."""
    record[:PLACE_BYTES] = 0
    head = array_at(record, 0, 1, PLACE_HEAD)[0]
    head["version"], head["ring_seen"] = VERSION, NEVER
    head["first_seen"], head["clock"], head["distinct_since"] = born_ms, now_ms, now_ms


@compiled
def counters_in(record: Bytes) -> NDArray[np.float32]:
    """Return the counters of a place, to be read or written."""
    return array_at(record, PLACE_HEAD_BYTES, len(PLACE_COUNTERS), np.float32)


@compiled
def advance_place(head: Any, counters: NDArray[np.float32], now_ms: int) -> float:
    """Decay the counters to `now_ms`; return by how many seconds that is before the place's clock, or 0."""
    passed_s = (now_ms - head["clock"]) / 1000.0
    if passed_s <= 0.0:
        return -passed_s
    factor = np.float32(np.exp2(-passed_s / HALF_LIFE_S))
    counters[MEETINGS] *= factor
    counters[DOUBTFUL] *= factor
    return 0.0


@compiled
def meet_account(
    head: Any,
    counters: NDArray[np.float32],
    bitmaps: Bytes,
    account: np.uint64,
    now_ms: int,
    born_ms: int,
    late_s: float,
    window_ms: int,
    is_fresh: bool,
) -> None:
    """Mark the account as met, and count it if it had not been."""
    if not has_met(bitmaps, 0, account):
        weight = np.exp2(-late_s / HALF_LIFE_S)
        counters[MEETINGS] += weight
        if is_fresh:
            counters[DOUBTFUL] += weight
    fade(head, bitmaps, now_ms, window_ms)
    mark(bitmaps, 0, account)
    head["first_seen"], head["clock"] = min(head["first_seen"], born_ms), max(head["clock"], now_ms)
