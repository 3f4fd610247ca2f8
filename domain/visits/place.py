"""An event at an entity that only joins rings, such as an IP address."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.events.identity import MISSING
from domain.graph import LABEL_CODE
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, copy_into, u64_at
from domain.memory.meetings import is_fresh
from domain.memory.place_record import (
    PLACE_BYTES,
    PLACE_HEAD,
    PLACE_MARKS_AT,
    advance_place,
    begin_place,
    counters_in,
    meet_account,
    write_seen,
)
from domain.memory.place_record import VERSION as PLACE_VERSION
from domain.memory.ring_labels import join_ring, note_others, place_joins
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, PLACE_SEEN
from domain.visits.lateness import born, is_late_in_stream
from domain.visits.outcome import ABSENT, LATE, LINKED, NOT_CURRENT


@compiled
def visit_place(stored: Bytes, trail: Bytes, stage: Any, record: Bytes) -> tuple[int, int]:
    """Take an event through a stage of `graph.ring_entities`, which joins rings and counts accounts.

    No block is added to the trail, whose head says what was seen of the place. Return (outcome, bytes of
    `record`).
    """
    event = array_at(trail, 0, 1, EVENT_HEAD)[0]
    now_ms, key = event["time"], u64_at(trail, stage["places_at"] + 8 * (stage["position"] - stage["entities"]))
    if key == MISSING or event["type"] == LABEL_CODE:
        return ABSENT, 0
    if len(stored) > 0 and (stored[0] != PLACE_VERSION or len(stored) != PLACE_BYTES):
        return NOT_CURRENT, 0
    head, counters, bitmaps = array_at(record, 0, 1, PLACE_HEAD)[0], counters_in(record), record[PLACE_MARKS_AT:PLACE_BYTES]
    copy_into(record, 0, stored)
    born_ms, account, fresh = born(trail, stage, now_ms), u64_at(trail, ENTITIES_AT), is_fresh(trail, event, stage)
    if len(stored) == 0 or now_ms - head["clock"] > stage["ttl_ms"]:
        begin_place(record, now_ms, born_ms)
    late_s = advance_place(head, counters, now_ms)
    write_seen(seen_in(trail, stage), head, counters, bitmaps, account, now_ms, fresh)
    if is_late_in_stream(trail, stage, now_ms) or head["clock"] - now_ms > stage["late_ms"]:
        return LATE, 0
    note_others(bitmaps, trail)
    if place_joins(head, counters, bitmaps, event):
        join_ring(head, bitmaps, stage, trail, now_ms)
    meet_account(head, counters, bitmaps, account, now_ms, born_ms, late_s, stage["window_ms"], fresh)
    return LINKED, PLACE_BYTES


@compiled
def seen_in(trail: Bytes, stage: Any) -> NDArray[np.float32]:
    """Return what the trail says of the place of a stage, to be read or written."""
    place = stage["position"] - stage["entities"]
    return array_at(trail, stage["seen_at"] + 4 * len(PLACE_SEEN) * place, len(PLACE_SEEN), np.float32)
