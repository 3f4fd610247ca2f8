"""What labels do: one takes the account's stage first, which judges it and tells the later stages.

Labels that come before their event are held there, and learnt with it.
"""

from __future__ import annotations

from typing import Any

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, copy_into, f32_at, f64, i64, u64_at
from domain.memory.label_book import ENTRY_BYTES, UNDATED
from domain.memory.label_learning import IS_HELD, IS_REPEAT, NEWS, is_told, learn_told, mark_link, note_account_event, note_account_label
from domain.memory.record import NEVER, RECORD_HEAD
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD
from domain.visits.outcome import ABSENT, DUPLICATE, HELD, IDLE, LINKED
from domain.visits.record_views import decayed_in


@compiled
def visit_account_by_label(
    head: Any, decayed: Any, ids: Bytes, said: Bytes, links: Bytes, trail: Bytes, end: int, stage: Any, record: Bytes
) -> tuple[int, int, int]:
    """Take a label through the account's stage: it is never too late."""
    event, account = array_at(trail, 0, 1, EVENT_HEAD)[0], u64_at(trail, ENTITIES_AT)
    book_starts = copy_into(record, stage["fixed_bytes"], ids)
    copy_into(record, book_starts, said)
    news = note_account_label(head, decayed, record, book_starts, ids, links, stage, trail, event)
    if news == IS_REPEAT:
        return DUPLICATE, end, 0
    links_at = book_starts + ENTRY_BYTES * i64(head["n_labels"])
    size = copy_into(record, links_at, links)
    if event["told_latest"] != NEVER:
        mark_link(record[links_at:size], stage, event, event["subject_hash"], account)
    return HELD if news == IS_HELD else LINKED if news == NEWS else IDLE, end, size


@compiled
def visit_by_label(stored: Bytes, trail: Bytes, end: int, stage: Any, record: Bytes) -> tuple[int, int, int]:
    """Take a label through a later stage: it learns what the account's stage has told."""
    event, fixed_bytes = array_at(trail, 0, 1, EVENT_HEAD)[0], stage["fixed_bytes"]
    if len(stored) == 0 or not is_told(event, stage):
        return ABSENT, end, 0
    head, decayed = array_at(record, 0, 1, RECORD_HEAD)[0], decayed_in(record, stage)
    copy_into(record, 0, stored[:fixed_bytes])
    if head["events"] == 0 or event["time"] - head["clock"] > stage["ttl_ms"]:
        return ABSENT, end, 0
    links_at = fixed_bytes + ENTRY_BYTES * i64(head["n_labels"])
    account, z = u64_at(trail, ENTITIES_AT), f64(f32_at(trail, stage["z_at"]))
    copy_into(record, fixed_bytes, stored[fixed_bytes:links_at])
    links = stored[links_at:]
    learn_told(head, decayed, record, fixed_bytes, links, stage, event, event["subject_hash"], account, event["told_when"], z)
    links_at = fixed_bytes + ENTRY_BYTES * i64(head["n_labels"])
    size = copy_into(record, links_at, links)
    mark_link(record[links_at:size], stage, event, event["subject_hash"], account)
    return LINKED, end, size


@compiled
def learn_what_is_held(
    head: Any, decayed: Any, record: Bytes, at: int, links: Bytes, stage: Any, trail: Bytes, event: Any, when: int, z: float, heard_ms: int
) -> None:
    """Learn the labels of an event that came before it: the account from its book, the others from the trail.

    `when` is `UNDATED` for an event that this entity does not learn.
    """
    if stage["position"] == 0:
        note_account_event(head, decayed, record, at, stage, event, when, z, heard_ms)
    elif is_told(event, stage):
        known_z = f64(f32_at(trail, stage["z_at"])) if event["told_when"] != UNDATED else 0.0
        account, subject = u64_at(trail, ENTITIES_AT), event["id_hash"]
        if when != UNDATED:
            learn_told(head, decayed, record, at, links, stage, event, subject, account, when, z)
        else:
            learn_told(head, decayed, record, at, links, stage, event, subject, account, event["told_when"], known_z)
