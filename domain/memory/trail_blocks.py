"""The blocks of an encoded trail (`trail.py`), for compiled functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, copy_into
from domain.memory.link import SUMMARY, SUMMARY_BYTES
from domain.memory.trail import TRAIL_TAIL

_TAIL_BYTES = TRAIL_TAIL.itemsize


@compiled
def stream_ms(trail: Bytes, stage: Any) -> int:
    """Return `Trail.clock_ms`: the time that the stream had reached with this event."""
    return array_at(trail, stage["head_bytes"] - _TAIL_BYTES, 1, TRAIL_TAIL)[0]["clock"]


@compiled
def blocks_at(trail: Bytes, stage: Any) -> int:
    """Return where the blocks begin: after the head and the texts whose sizes end it."""
    tail = array_at(trail, stage["head_bytes"] - _TAIL_BYTES, 1, TRAIL_TAIL)[0]
    return stage["head_bytes"] + np.int64(tail["model_bytes"]) + np.int64(tail["id_bytes"]) + np.int64(tail["currency_bytes"])


@compiled
def block_bytes(trail: Bytes, at: int) -> int:
    """Return the size of the block at `at`, without the two bytes that hold it.

    It is 0 if the event has no such entity, or if the entity was never seen.
    """
    return array_at(trail, at, 1, np.uint16)[0]


@compiled
def summary_in(trail: Bytes, at: int) -> NDArray[np.float32]:
    """Return the summary f4[S] of the block at `at`, to be read or written."""
    return array_at(trail, at + 2, len(SUMMARY), np.float32)


@compiled
def add_block(trail: Bytes, end: int, record: Bytes) -> int:
    """Add a visited stage's block at the trail's end; return the new end.

    `record` is the entity's record before the event, empty if there was none. The summary is zeros.
    """
    size = SUMMARY_BYTES + len(record) if len(record) > 0 else 0
    trail[end], trail[end + 1] = size & 0xFF, size >> 8
    if size == 0:
        return end + 2
    trail[end + 2 : end + 2 + SUMMARY_BYTES] = 0
    return copy_into(trail, end + 2 + SUMMARY_BYTES, record)


@compiled
def write_summaries(target: Bytes, at: int, stage: Any, trail: Bytes) -> int:
    """Write the summaries of the event's entities of earlier stages, zeros where there is none.

    Return where they end.
    """
    block_at = blocks_at(trail, stage)
    for _ in range(stage["position"]):
        size = block_bytes(trail, block_at)
        if size > 0:
            copy_into(target, at, trail[block_at + 2 : block_at + 2 + SUMMARY_BYTES])
        else:
            target[at : at + SUMMARY_BYTES] = 0
        at += SUMMARY_BYTES
        block_at += 2 + size
    return at
