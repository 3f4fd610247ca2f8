"""What is remembered of an entity that only joins rings, such as an IP address: about a hundred bytes.

Layout, little-endian: head | bitmaps u1[2, 32], the distinct accounts of one to two windows. Times are
event time in ms since 1970. No feature reads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at
from domain.memory.learning import fade, mark
from domain.memory.record import BITMAP_BYTES, NEVER

VERSION = 1
PLACE_HEAD = np.dtype([
    ("version", "u1"), ("first_seen", "<i8"), ("clock", "<i8"), ("distinct_since", "<i8"), ("ring", "<u8"), ("ring_seen", "<i8"),
])  # fmt: skip
CLOCK_AT = PLACE_HEAD.fields["clock"][1]  # type: ignore[index]
PLACE_HEAD_BYTES = PLACE_HEAD.itemsize
PLACE_BYTES = PLACE_HEAD_BYTES + 2 * BITMAP_BYTES


@compiled
def begin_place(record: Bytes, now_ms: int, born_ms: int) -> None:
    """Write a place first seen at `born_ms`."""
    record[:PLACE_BYTES] = 0
    head = array_at(record, 0, 1, PLACE_HEAD)[0]
    head["version"], head["ring_seen"] = VERSION, NEVER
    head["first_seen"], head["clock"], head["distinct_since"] = born_ms, now_ms, now_ms


@compiled
def meet_account(head: Any, bitmaps: Bytes, account: np.uint64, now_ms: int, born_ms: int, window_ms: int) -> None:
    """Mark the account as met."""
    fade(head, bitmaps, now_ms, window_ms)
    mark(bitmaps, 0, account)
    head["first_seen"], head["clock"] = min(head["first_seen"], born_ms), max(head["clock"], now_ms)
