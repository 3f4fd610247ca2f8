"""How long an event came after its time, by the clock of the stream that it came in."""

from __future__ import annotations

from typing import Any

from domain.events.stream_clock import LATE_MS
from domain.graph import LABEL_CODE
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes
from domain.memory.trail_blocks import stream_ms
from domain.times import HOUR_MS

SOON_MS = HOUR_MS
"""What comes so long after its time, a phone's without a network, keeps its time as that of the entities'
birth.
"""


@compiled
def is_label(event: Any) -> bool:
    """Return whether it is a label, which nothing makes late."""
    return event["type"] == LABEL_CODE


@compiled
def is_late_in_stream(trail: Bytes, stage: Any, now_ms: int) -> bool:
    """Return whether the event comes too long after its time, by the clock of the stream that it came in."""
    return stream_ms(trail, stage) - now_ms > min(stage["late_ms"], LATE_MS)


@compiled
def born(trail: Bytes, stage: Any, now_ms: int) -> int:
    """Return from when an entity that the event names counts as seen: its time, if it comes soon after that.

    Otherwise whoever sends a time would choose how long his things are known.
    """
    return max(now_ms, stream_ms(trail, stage) - SOON_MS)
