"""How a record begins: from the stored one, or as that of a fresh entity.

An account of which only labels or ids are known begins again with its first event.
"""

from __future__ import annotations

from typing import Any

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, copy_into, i64
from domain.memory.record import NEVER, VERSION
from domain.visits.lateness import born, is_label, is_late_in_stream


@compiled
def begun(stored: Bytes, head: Any, stage: Any, trail: Bytes, event: Any, record: Bytes) -> tuple[Bytes, bool, int]:
    """Begin the new record from the stored one, or as that of a fresh entity.

    Return (the stored record, whether the entity has learnt an event, the time heard of). An account that has
    not is one of which labels are held, or whose events came too late. All is forgotten after
    `graph.ttl_days`.
    """
    now_ms = event["time"]
    if len(stored) > 0:
        copy_into(record, 0, stored[: stage["fixed_bytes"]])
        if now_ms - head["clock"] <= stage["ttl_ms"]:
            known, clock = head["events"] > 0, i64(head["clock"])
            if not known:
                begin_again(record, head, stage, trail, event)
            return stored, known, clock
    begin(record, head, stage, first_clock(trail, stage, event), born(trail, stage, now_ms))
    return stored[:0], False, i64(NEVER)


@compiled
def begin_again(record: Bytes, head: Any, stage: Any, trail: Bytes, event: Any) -> None:
    """Begin an account that has learnt no event yet: what is known of it are ids, and labels."""
    born_ms, is_learnt = born(trail, stage, event["time"]), not is_label(event) and not is_late_in_stream(trail, stage, event["time"])
    if i64(head["frauds"]) + i64(head["legitimates"]) > 0:  # of an event that came too late
        if is_learnt:
            head["first_seen"], head["last_seen"], head["distinct_since"] = born_ms, born_ms, event["time"]
        return
    ids, labels, clock = head["n_ids"], head["n_labels"], first_clock(trail, stage, event)
    begin(record, head, stage, clock if is_learnt else max(clock, i64(head["clock"])), born_ms)
    head["n_ids"], head["n_labels"] = ids, labels


@compiled
def first_clock(trail: Bytes, stage: Any, event: Any) -> int:
    """Return the clock of an entity that begins: the event's time, or if that is too late, when it came."""
    if not is_label(event) and is_late_in_stream(trail, stage, event["time"]):
        return born(trail, stage, event["time"])
    return i64(event["time"])


@compiled
def begin(record: Bytes, head: Any, stage: Any, now_ms: int, born_ms: int) -> None:
    """Write a fresh entity, first seen at `born_ms`."""
    record[: stage["fixed_bytes"]] = 0
    head["version"], head["tag"] = VERSION, stage["tag"]
    head["first_seen"] = head["last_seen"] = born_ms
    head["clock"] = head["distinct_since"] = now_ms
    head["usual_first"] = head["usual_last"] = head["unusual_first"] = head["unusual_last"] = NEVER
    head["last_legit"] = head["last_unusual"] = head["ring_seen"] = NEVER
