"""Who meets whom for the first time, and of whom little is known: how an entity grows.

Of a device, an address or a place a meeting is the first event of an account there, and it is doubtful if
the account is fresh. Of an account it is the first event with a device (the kind that follows it in the
graph), and doubtful is each event that names none.

A ring's device grows by fresh accounts, a kiosk by those that the shop has known for long.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, f64, u64_at
from domain.memory.link import SUMMARY
from domain.memory.record import BITMAP_BYTES, COUNTERS, DOUBTFUL, LINEAR_COUNT, MEETINGS, NEVER
from domain.memory.trail import ENTITIES_AT
from domain.memory.trail_blocks import block_bytes, blocks_at, summary_in
from domain.times import DAY_MS

FRESH_DAYS = 7
"""An account is fresh until it is so old; where nobody says how old it is, until it was seen for so long."""
CROWDED = 10
"""Where nobody says how old accounts are, all are fresh in a shop's first week: a place of so many times the
limit is a hub all the same."""
_COLUMNS, _AGE = len(COUNTERS), SUMMARY.index("age")
# of a float of 32 bits: a week to the second is a week
_FRESH_AGE = math.log1p(FRESH_DAYS - 1e-5)
_LINEAR_COUNT = np.array(LINEAR_COUNT)
_BITS = np.array([byte.bit_count() for byte in range(256)])


@compiled
def has_met(bitmaps: Bytes, slot: int, other: np.uint64) -> bool:
    """Return whether the counterpart is marked (`learning.mark`), in this window or the one before."""
    at = 2 * BITMAP_BYTES * slot + np.int64((other >> np.uint64(3)) % np.uint64(BITMAP_BYTES))
    marks = np.int64(bitmaps[at] | bitmaps[at + BITMAP_BYTES])
    return marks >> np.int64(other & np.uint64(7)) & 1 != 0


@compiled
def is_fresh(trail: Bytes, event: Any, stage: Any) -> bool:
    """Return whether the event's account is fresh, at a later stage than its own."""
    if event["created"] != NEVER:
        return event["time"] - event["created"] < FRESH_DAYS * DAY_MS
    at = blocks_at(trail, stage)
    return block_bytes(trail, at) == 0 or f64(summary_in(trail, at)[_AGE]) < _FRESH_AGE


@compiled
def meeting_of(bitmaps: Bytes, trail: Bytes, event: Any, stage: Any) -> tuple[bool, bool]:
    """Return whether an entity meets a counterpart, and whether that is doubtful.

    Call it before the record learns the event.
    """
    if stage["others"] == 0:
        return False, False
    if stage["position"] == 0:
        device = u64_at(trail, ENTITIES_AT + 8)
        return device != 0 and not has_met(bitmaps, 0, device), device == 0
    meets = not has_met(bitmaps, 0, u64_at(trail, ENTITIES_AT))
    return meets, meets and is_fresh(trail, event, stage)


@compiled
def distinct(bitmaps: Bytes, slot: int) -> float:
    """Return the estimated number of distinct counterparts of one kind: m ln(m / unset) of m marks.

    Linear counting (Whang et al., A linear-time probabilistic counting algorithm, TODS 1990).
    """
    return _LINEAR_COUNT[marks_in(bitmaps, slot)]


@compiled
def distinct_besides(bitmaps: Bytes, slot: int, own: np.uint64) -> float:
    """Return the same without one counterpart, whether it has been met or not."""
    return _LINEAR_COUNT[marks_in(bitmaps, slot) - has_met(bitmaps, slot, own)]


@compiled
def marks_in(bitmaps: Bytes, slot: int) -> int:
    """Return how many marks of one kind are set in this window or the one before."""
    at, marks = 2 * BITMAP_BYTES * slot, 0
    for index in range(at, at + BITMAP_BYTES):
        marks += _BITS[bitmaps[index] | bitmaps[index + BITMAP_BYTES]]
    return marks


@compiled
def established(bitmaps: Bytes, meetings: float, doubtful: float) -> float:
    """Return about how many of the distinct accounts were not fresh when they came.

    So no number of accounts that were made for it makes a crowded place of a ring's device.
    """
    return distinct(bitmaps, 0) * (1.0 - doubtful_share(meetings, doubtful))


@compiled
def doubtful_share(meetings: float, doubtful: float) -> float:
    """Return the share of the meetings that are doubtful; 0 without any."""
    return min(1.0, doubtful / meetings) if meetings > 0.0 else 0.0


@compiled
def is_hub(decayed: NDArray[np.float32], bitmaps: Bytes, stage: Any) -> bool:
    """Return whether the entity has more established accounts than `graph.hub_degree`, or `CROWDED` times as
    many of any kind. An account is no hub.
    """
    if stage["position"] == 0:
        return False
    if distinct(bitmaps, 0) > CROWDED * stage["hub_degree"]:
        return True
    last = _COLUMNS * (stage["half_lives"] - 1)
    return round(established(bitmaps, f64(decayed[last + MEETINGS]), f64(decayed[last + DOUBTFUL]))) > stage["hub_degree"]
