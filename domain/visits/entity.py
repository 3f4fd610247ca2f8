"""An event at an account, device or address: the record is read into the trail, then learns the event."""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.events.identity import MISSING
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, copy_into, f32_at, f64, i64, put_f32, u64_at
from domain.memory.crowd import crowd_of
from domain.memory.currency_habit import adopt_other_habit, z_of
from domain.memory.event_ids import has_seen, remember_id
from domain.memory.habit import UNUSUAL_Z, adopt_habit
from domain.memory.label_book import ENTRY_BYTES, UNDATED
from domain.memory.label_learning import is_told, mark_link
from domain.memory.learning import advance, count, living_links, meet, summarise, write_link
from domain.memory.meetings import is_hub, meeting_of
from domain.memory.record import RECORD_HEAD
from domain.memory.ring_labels import entity_joins, join_ring, note_others
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD
from domain.memory.trail_blocks import add_block, summary_in
from domain.visits.beginning import begun
from domain.visits.labels import learn_what_is_held, visit_account_by_label, visit_by_label
from domain.visits.lateness import born, is_label, is_late_in_stream
from domain.visits.outcome import ABSENT, DUPLICATE, LATE, LINKED, NOT_CURRENT
from domain.visits.record_views import bitmaps_in, decayed_in, is_current


@compiled
def visit_entity(stored: Bytes, trail: Bytes, end: int, stage: Any, record: Bytes) -> tuple[int, int, int]:
    """Take an event through one stage: read `stored` into the trail, then link the event in.

    `end` is where the trail's blocks end. Return (outcome, the trail's new end, bytes of `record`).
    """
    event, position = array_at(trail, 0, 1, EVENT_HEAD)[0], stage["position"]
    now_ms, is_a_label = event["time"], is_label(event)
    if u64_at(trail, ENTITIES_AT + 8 * position) == MISSING:
        return ABSENT, end if is_a_label else add_block(trail, end, stored[:0]), 0
    if len(stored) > 0 and not is_current(stored, stage):
        return NOT_CURRENT, end, 0
    if is_a_label and position > 0:
        return visit_by_label(stored, trail, end, stage, record)
    head, decayed = array_at(record, 0, 1, RECORD_HEAD)[0], decayed_in(record, stage)
    stored, known, heard_ms = begun(stored, head, stage, trail, event, record)
    ids_end = stage["fixed_bytes"] + 8 * i64(head["n_ids"])
    links_at = ids_end + ENTRY_BYTES * i64(head["n_labels"])
    ids, said, links = stored[stage["fixed_bytes"] : ids_end], stored[ids_end:links_at], stored[links_at:]
    if is_a_label:
        return visit_account_by_label(head, decayed, ids, said, links, trail, end, stage, record)
    if position == 0 and has_seen(ids, event["id_hash"]):
        return DUPLICATE, end, 0
    end = tell_what_is_known(head, decayed, stored if known else stored[:0], trail, end, stage, event, record)
    is_late = is_late_in_stream(trail, stage, now_ms)
    if is_late and not known and position > 0:
        return LATE, end, 0
    book_starts = remember_id(head, ids, stage, event, record)
    copy_into(record, book_starts, said)
    heard_ms = max(heard_ms, now_ms)
    if is_late or head["last_seen"] - now_ms > stage["late_ms"]:  # by events alone: no label makes one late
        learn_what_is_held(head, decayed, record, book_starts, links, stage, trail, event, UNDATED, 0.0, heard_ms)
        at = book_starts + ENTRY_BYTES * i64(head["n_labels"])
        return LATE, end, copy_into(record, at, links)
    z = f64(f32_at(trail, stage["z_at"]))
    learn_event(head, decayed, stage, trail, event, z, record)
    learn_what_is_held(head, decayed, record, book_starts, links[:0], stage, trail, event, now_ms, z, heard_ms)
    return LINKED, end, link_in(head, links, stage, trail, event, z, record, book_starts + ENTRY_BYTES * i64(head["n_labels"]))


@compiled
def tell_what_is_known(head: Any, decayed: Any, stored: Bytes, trail: Bytes, end: int, stage: Any, event: Any, record: Bytes) -> int:
    """Add the entity's block to the trail, empty for one that is not known; return the trail's new end."""
    block_at, end = end, add_block(trail, end, stored)
    if len(stored) > 0:
        if is_read_later(trail, stage):
            summarise(head, decayed, bitmaps_in(record, stage), stage, event["time"], summary_in(trail, block_at))
        if stage["position"] == 0:
            put_f32(trail, stage["z_at"], z_of(head, record, event))
    return end


@compiled
def learn_event(head: Any, decayed: Any, stage: Any, trail: Bytes, event: Any, z: float, record: Bytes) -> None:
    """Take an event into all of the record but its links."""
    now_ms, bitmaps, is_account = event["time"], bitmaps_in(record, stage), stage["position"] == 0
    late_s = advance(head, decayed, stage, now_ms)
    if is_account:
        event["crowd"] = crowd_of(event, decayed, stage)
    else:
        note_others(bitmaps, trail)
    if is_account or entity_joins(head, decayed, bitmaps, stage, event, z):
        join_ring(head, bitmaps, stage, trail, now_ms)
    head["first_seen"] = min(head["first_seen"], born(trail, stage, now_ms))
    head["last_seen"] = max(head["last_seen"], now_ms)
    meets, is_doubtful = meeting_of(bitmaps, trail, event, stage)
    count(head, decayed, stage, event, late_s, z >= UNUSUAL_Z, meets, is_doubtful)
    adopt_habit(head, event["amount"], now_ms)
    adopt_other_habit(record, event)
    meet(head, bitmaps, stage, trail, now_ms)


@compiled
def link_in(head: Any, links: Bytes, stage: Any, trail: Bytes, event: Any, z: float, record: Bytes, links_at: int) -> int:
    """Write the links that stay and the event's; return the record's size.

    Of a hub only a sample is linked, which the event's id decides.
    """
    if is_hub(decayed_in(record, stage), bitmaps_in(record, stage), stage) and event["id_hash"] % np.uint64(stage["hub_sample"]) != 0:
        return copy_into(record, links_at, links)
    at = copy_into(record, links_at, living_links(links, stage, event["time"]))
    size = write_link(record, at, stage, trail, event, z)
    head["n_links"] = (size - links_at) // stage["link_bytes"]
    if is_told(event, stage):
        mark_link(record[at:size], stage, event, event["id_hash"], u64_at(trail, ENTITIES_AT))
    return size


@compiled
def is_read_later(trail: Bytes, stage: Any) -> bool:
    """Return whether the event has an entity of a later stage.

    The link of such an entity is the one place where a summary is read.
    """
    for position in range(stage["position"] + 1, stage["entities"]):
        if u64_at(trail, ENTITIES_AT + 8 * position) != MISSING:
            return True
    return False
