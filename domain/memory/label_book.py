"""What was said of the events of an entity: a bounded book of labels in its record, 40 bytes an entry.

The book of an account says who said what: an entry for each source that spoke of an event, with its latest
word. Which word counts follows from these alone (`counting`), so that neither repeats nor the order in which
labels come make a difference. An event that the account has not had yet has entries, too: they are held
until it comes. The other entities are told by their accounts what counts, and their books say what they
learnt: an entry for each event.

Of too many entries those of the earliest event go, or of what is held those of the earliest label. What was
learnt of them stays in the counters, and `labels_gone` in the head says that it happened.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.events.event import source_code
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, i64
from domain.memory.link import UNKNOWN
from domain.times import DAY_MS

ENTRY = np.dtype([
    ("subject", "<u8"), ("account", "<u8"), ("said", "<i8"), ("when", "<i8"), ("z", "<f4"),
    ("label", "i1"), ("source", "u1"), ("stages", "u1"), ("unused", "u1"),
])  # fmt: skip
"""Hash of the event's id and its account; time of the label and of its event (`HELD` until that has come,
`UNDATED` if its link was gone before); how many deviations its amount was away from the account's habit; what
the label says, `UNKNOWN` for one that withdraws; its `Event.source`; a bit for each kind of entity named.
"""
ENTRY_BYTES = ENTRY.itemsize
MOST_LABELS = 32
"""Entries about events that have come,"""
HELD_LABELS = 8
"""and about events that have not."""
MOST_ENTRIES = MOST_LABELS + HELD_LABELS
HELD, UNDATED = -1, 0
"""In place of an event's time: it has not come; it has, and nobody knows when."""
HELD_MS = 30 * DAY_MS
"""So long after it was said a label for an event that has not come is dropped, by the account's clock."""
MOST_SOURCES = 4
"""Sources whose words of one event are kept, those that weigh most."""

WEIGHTS = {"chargeback": 3, "customer_report": 1}
"""What a source's word weighs against other sources' of the same event. A bank has taken the money; a
customer may be wrong, or lie.
"""
USUAL_WEIGHT = 2
_WEIGHTS = np.full(256, USUAL_WEIGHT)
for _name, _weight in WEIGHTS.items():
    _WEIGHTS[source_code(_name)] = _weight


@compiled
def book_at(record: Bytes, at: int) -> Any:
    """Return the entries at a place in a record, to be read or written, as many as there can be and one."""
    return array_at(record, at, MOST_ENTRIES + 1, ENTRY)


@compiled
def find_entry(book: Any, count: int, subject: np.uint64, account: np.uint64) -> int:
    """Return the place of the first entry about an event of an account; -1 if there is none."""
    for at in range(count):
        if book[at]["subject"] == subject and book[at]["account"] == account:
            return at
    return -1


@compiled
def outranks(label: int, other: int) -> bool:
    """Return whether a label counts before another of the same moment: withdrawal, fraud, clearance."""
    return other != UNKNOWN and (label == UNKNOWN or label > other)


@compiled
def is_void(book: Any, count: int, at: int) -> bool:
    """Return whether a label counts for nothing: a withdrawal, or a nameless one withdrawn since."""
    one = book[at]
    if one["label"] == UNKNOWN:
        return True
    if one["source"] != 0:
        return False
    for other in range(count):
        same = book[other]["subject"] == one["subject"] and book[other]["account"] == one["account"]
        if same and book[other]["label"] == UNKNOWN and book[other]["said"] >= one["said"]:
            return True
    return False


@compiled
def weighs_more(one: Any, other: Any) -> bool:
    """Return whether a label counts rather than another source's: by source, then the later, then fraud."""
    weight, weight_other = _WEIGHTS[one["source"]], _WEIGHTS[other["source"]]
    if weight != weight_other:
        return weight > weight_other
    if one["said"] != other["said"]:
        return one["said"] > other["said"]
    if one["label"] != other["label"]:
        return one["label"] > other["label"]
    return one["source"] > other["source"]


@compiled
def counting(book: Any, count: int, subject: np.uint64) -> int:
    """Return the place of the label of an account's event that counts; -1 if none does."""
    best = -1
    for at in range(count):
        if book[at]["subject"] == subject and not is_void(book, count, at) and (best < 0 or weighs_more(book[at], book[best])):
            best = at
    return best


@compiled
def latest_said(book: Any, count: int, subject: np.uint64) -> int:
    """Return when something was last said of an account's event."""
    latest = i64(HELD)
    for at in range(count):
        if book[at]["subject"] == subject:
            latest = max(latest, book[at]["said"])
    return latest


@compiled
def stages_named(book: Any, count: int, subject: np.uint64) -> int:
    """Return the bits of all kinds that labels of an account's event have named."""
    stages = i64(0)
    for at in range(count):
        if book[at]["subject"] == subject:
            stages |= i64(book[at]["stages"])
    return stages


@compiled
def add_entry(book: Any, count: int, subject: np.uint64, account: np.uint64, when: int, z: float) -> int:
    """Add an entry that says nothing yet; return how many there are."""
    one = book[count]
    one["subject"], one["account"], one["when"], one["z"] = subject, account, when, z
    one["said"], one["label"], one["source"], one["stages"], one["unused"] = HELD, UNKNOWN, 0, 0, 0
    return count + 1


@compiled
def drop_entry(book: Any, count: int, at: int) -> int:
    """Close the gap of an entry; return how many there are left."""
    for place in range(at, count - 1):
        book[place] = book[place + 1]
    return count - 1


@compiled
def drop_subject(book: Any, count: int, subject: np.uint64, account: np.uint64) -> int:
    """Drop all entries about an event; return how many there are left."""
    at = find_entry(book, count, subject, account)
    while at >= 0:
        count = drop_entry(book, count, at)
        at = find_entry(book, count, subject, account)
    return count


@compiled
def note_label(book: Any, count: int, event: Any, account: np.uint64, label: int, stages: int, when: int, z: float) -> int:
    """Write what a source says of an account's event, unless it has said more since; return the count."""
    subject, found, sources, least = event["subject_hash"], -1, 0, -1
    for at in range(count):
        if book[at]["subject"] == subject:
            sources += 1
            if book[at]["source"] == event["source"]:
                found = at
            if least < 0 or weighs_more(book[least], book[at]):
                least = at
    if found < 0:
        found, count = count, add_entry(book, count, subject, account, when, z)
        book[found]["source"] = event["source"]
    one = book[found]
    one["stages"] |= np.uint8(stages)
    if event["time"] > one["said"] or (event["time"] == one["said"] and outranks(label, one["label"])):
        one["said"], one["label"] = event["time"], label
    if sources >= MOST_SOURCES and found == count - 1:
        count = drop_entry(book, count, least if weighs_more(one, book[least]) else found)
    return count


@compiled
def was_said(book: Any, count: int, event: Any, label: int, stages: int) -> bool:
    """Return whether the source's latest word about an account's event is this one, of the same moment."""
    for at in range(count):
        one = book[at]
        if one["subject"] == event["subject_hash"] and one["source"] == event["source"]:
            return one["said"] == event["time"] and one["label"] == label and (stages & ~i64(one["stages"])) == 0
    return False


@compiled
def keep_bounded(head: Any, book: Any, count: int) -> int:
    """Drop what is too much; return how many there are left, which the head is told, too."""
    held = 0
    for at in range(count):
        held += book[at]["when"] == HELD
    while held > HELD_LABELS:
        at = earliest(book, count, True)
        held, count = held - 1, drop_entry(book, count, at)
    while count - held > MOST_LABELS:
        at = earliest(book, count, False)
        count = drop_subject(book, count, book[at]["subject"], book[at]["account"])
        head["labels_gone"] = 1
    head["n_labels"] = count
    return count


@compiled
def earliest(book: Any, count: int, held: bool) -> int:
    """Return the place of the label of the earliest event, or `held`, of the earliest label that is held."""
    found = -1
    for at in range(count):
        if (book[at]["when"] == HELD) != held:
            continue
        if found < 0 or (book[at]["said"] < book[found]["said"] if held else time_of(book[at]) < time_of(book[found])):
            found = at
    return found


@compiled
def drop_expired(head: Any, book: Any, count: int, now_ms: int) -> int:
    """Drop what has been held for too long by `now_ms`; return how many there are left."""
    at = 0
    while at < count:
        if book[at]["when"] == HELD and now_ms - book[at]["said"] > HELD_MS:
            count = drop_entry(book, count, at)
        else:
            at += 1
    head["n_labels"] = count
    return count


@compiled
def event_has_come(book: Any, count: int, subject: np.uint64, when: int, z: float) -> bool:
    """Write in what is held of an event that it has come; return whether there is anything."""
    found = False
    for at in range(count):
        if book[at]["subject"] == subject and book[at]["when"] == HELD:
            book[at]["when"], book[at]["z"], found = when, z, True
    return found


@compiled
def time_of(one: Any) -> int:
    """Return when the event of an entry happened, as far as that is known, or else when the label came."""
    return one["said"] if one["when"] == UNDATED else one["when"]
