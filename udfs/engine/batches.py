"""Batches of trails on their way between stages, as bytes.

`flink_job/java/Batch.java` says how one is laid out; the subtask in its head matters to Java alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

_HEAD = bytes(4)
_ENTRY = struct.Struct("<qqi")


class OnItsWay(NamedTuple):
    """A trail between two stages."""

    turn: int
    """Its place in the order in which events were read."""
    key: int
    """Under which it travels, `keys.stage_key`."""
    trail: bytes


def trails_of(batch: bytes) -> list[OnItsWay]:
    """Return the trails of a batch, in their order."""
    trails, at = [], len(_HEAD)
    while at < len(batch):
        turn, key, size = _ENTRY.unpack_from(batch, at)
        at += _ENTRY.size + size
        trails.append(OnItsWay(turn, key, batch[at - size : at]))
    return trails


def batch_of(trails: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return the batch of trails, each (turn, key, trail)."""
    parts = [_HEAD]
    for turn, key, trail in trails:
        parts += (_ENTRY.pack(turn, key, len(trail)), trail)
    return b"".join(parts)
