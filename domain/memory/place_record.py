"""What is remembered of an entity that only joins rings, such as an IP address: about 120 bytes.

Layout, little-endian: head | counters f4[2, 2] | bitmaps u1[2, 32], the distinct accounts of one to two
windows. Times are event time in ms since 1970. An event is shown the four numbers of `write_seen`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f64
from domain.memory.learning import fade, mark
from domain.memory.meetings import distinct_besides, has_met
from domain.memory.record import BITMAP_BYTES, NEVER
from domain.times import DAY_S, HOUR_MS

VERSION = 4
PLACE_HEAD = np.dtype([
    ("version", "u1"), ("first_seen", "<i8"), ("clock", "<i8"), ("distinct_since", "<i8"), ("ring", "<u8"), ("ring_seen", "<i8"),
])  # fmt: skip
CLOCK_AT = PLACE_HEAD.fields["clock"][1]  # type: ignore[index]
PLACE_HEAD_BYTES = PLACE_HEAD.itemsize
PLACE_COUNTERS = ("meetings", "doubtful")
"""First meetings of accounts, and those of fresh ones (`meetings.py`), decayed"""
PLACE_HALF_LIVES_S = (DAY_S, 30.0 * DAY_S)
"""over these spans."""
PLACE_MARKS_AT = PLACE_HEAD_BYTES + 4 * len(PLACE_COUNTERS) * len(PLACE_HALF_LIVES_S)
PLACE_BYTES = PLACE_MARKS_AT + 2 * BITMAP_BYTES
_COLUMNS, _SPANS = len(PLACE_COUNTERS), len(PLACE_HALF_LIVES_S)
_MEETINGS, _DOUBTFUL = range(_COLUMNS)
_LONG = _COLUMNS * (_SPANS - 1)
LONG_MEETINGS, LONG_DOUBTFUL = _LONG + _MEETINGS, _LONG + _DOUBTFUL
_INVERSE = tuple(1.0 / seconds for seconds in PLACE_HALF_LIVES_S)
_STEPS = 16.0
CROWD = 10.0
"""So many accounts that came within a day are a crowd."""


@compiled
def begin_place(record: Bytes, now_ms: int, born_ms: int) -> None:
    """Write a place first seen at `born_ms`."""
    record[:PLACE_BYTES] = 0
    head = array_at(record, 0, 1, PLACE_HEAD)[0]
    head["version"], head["ring_seen"] = VERSION, NEVER
    head["first_seen"], head["clock"], head["distinct_since"] = born_ms, now_ms, now_ms


@compiled
def counters_in(record: Bytes) -> NDArray[np.float32]:
    """Return the counters of a place, span by span, to be read or written."""
    return array_at(record, PLACE_HEAD_BYTES, _COLUMNS * _SPANS, np.float32)


@compiled
def advance_place(head: Any, counters: NDArray[np.float32], now_ms: int) -> float:
    """Decay the counters to `now_ms`; return by how many seconds that is before the place's clock, or 0."""
    passed_s = (now_ms - head["clock"]) / 1000.0
    if passed_s <= 0.0:
        return -passed_s
    for span in range(_SPANS):
        factor = np.float32(np.exp2(-passed_s * _INVERSE[span]))
        for index in range(_COLUMNS * span, _COLUMNS * (span + 1)):
            counters[index] *= factor
    return 0.0


@compiled
def write_seen(
    seen: NDArray[np.float32], head: Any, counters: NDArray[np.float32], bitmaps: Bytes, account: np.uint64, now_ms: int, is_fresh: bool
) -> None:
    """Write what an event of an account is shown of the place, f4[4] as `PLACE_SEEN` names it.

    Call it before the place learns the event. Two events of one account may come in another order than they
    happened, and should be shown the same. So the account's own meeting is counted as if it had happened, the
    account is not among the others, and what changes between the two is rounded.

    Fresh accounts can be had by the hundred. So an established account is not shown those that came, and no
    more than `CROWD` are shown: that many come to a kiosk as well.
    """
    meets = not has_met(bitmaps, 0, account)
    meetings, doubtful = f64(counters[_MEETINGS]) + meets, f64(counters[_DOUBTFUL]) + (meets and is_fresh)
    if not is_fresh:
        meetings, doubtful = max(0.0, meetings - doubtful), 0.0
    seen[0] = math.log1p(max(0, now_ms - head["first_seen"]) // HOUR_MS)
    seen[1] = math.log1p(distinct_besides(bitmaps, 0, account))
    seen[2] = math.log1p(rounded(min(CROWD, meetings)))
    seen[3] = math.log1p(rounded(min(CROWD, doubtful)))


@compiled
def rounded(value: float) -> float:
    """Return the nearest of `_STEPS` a unit: a meeting counts the same for an hour."""
    return math.floor(value * _STEPS + 0.5) / _STEPS


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
    """Mark the account as met, and count that if it had not been."""
    if not has_met(bitmaps, 0, account):
        for span in range(_SPANS):
            weight, first = np.exp2(-late_s * _INVERSE[span]), _COLUMNS * span
            counters[first + _MEETINGS] += weight
            if is_fresh:
                counters[first + _DOUBTFUL] += weight
    fade(head, bitmaps, now_ms, window_ms)
    mark(bitmaps, 0, account)
    head["first_seen"], head["clock"] = min(head["first_seen"], born_ms), max(head["clock"], now_ms)
