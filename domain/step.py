"""The one step: an event through the stages of its graph. The job, the replay and the tests call `Step`.
Nobody writes the loop again.

It runs on bytes: the encoded trail (`trail.py`) and the stored records (`record.py`, `place_record.py`) go
in, the longer trail and the new records come out. The rules are compiled (docs/performance.md says what
that saves). The rules over one entity are in `domain/memory/`; the order in which they apply is here.
"""

from __future__ import annotations

import struct
from collections.abc import MutableMapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.events.stream_clock import LATE_MS
from domain.graph import LABEL_CODE, GraphSettings
from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import Bytes, array_at, bytes_at, copy_into, f32_at, f64, i64, put_f32, u64_at
from domain.memory.crowd import crowd_of
from domain.memory.currency_habit import adopt_other_habit, z_of
from domain.memory.event_ids import has_seen, remember_id
from domain.memory.forgetting import CLEARED, forgotten
from domain.memory.habit import UNUSUAL_Z, adopt_habit
from domain.memory.label_book import ENTRY_BYTES, MOST_ENTRIES, UNDATED
from domain.memory.label_learning import IS_HELD, IS_REPEAT, NEWS, is_told, learn_told, mark_link, note_account_event, note_account_label
from domain.memory.learning import (
    advance,
    count,
    living_links,
    meet,
    summarise,
    write_link,
)
from domain.memory.link import SUMMARY_BYTES
from domain.memory.meetings import is_fresh, is_hub, meeting_of
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
from domain.memory.record import NEVER, RECORD_HEAD, RECORD_LIMIT_BYTES, VERSION, RecordLayout
from domain.memory.record_migration import RecordVersionError, migrate, migrate_place
from domain.memory.ring_labels import entity_joins, join_ring, note_others, place_joins
from domain.memory.stage_table import STAGE, stage_table
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, PLACE_SEEN, Trail, TrailCodec, forgets
from domain.memory.trail_blocks import add_block, stream_ms, summary_in
from domain.times import HOUR_MS


class Outcome(IntEnum):
    """What became of an event at a stage, in rising order of the attention that it asks for."""

    ABSENT = 0
    """The event has no entity of this kind: nothing read, nothing written."""
    LINKED = 1
    IDLE = 2
    """A label that changes nothing: a repeat, or one that counts less than what was said before."""
    HELD = 3
    """A label for an event that its account has not had: nothing is learnt before that comes."""
    LATE = 4
    """An event too long before the clock of the stream, or before the entity's latest: scored, but the entity
    learns its id and labels only.
    """
    DUPLICATE = 5
    """Its id was seen before, or a label's line came before: it goes no further."""


ABSENT, LINKED, IDLE, HELD, LATE, DUPLICATE = (outcome.value for outcome in Outcome)
_NOT_CURRENT = 6  # a stored record has to be migrated, or refused: nothing done

_HEAD_BYTES, _STAGE_BYTES = RECORD_HEAD.itemsize, STAGE.itemsize
_LONGEST = RECORD_LIMIT_BYTES + 8 * 255  # of former, higher settings, and with more ids since
_ROOM = _LONGEST + 8 + (MOST_ENTRIES + 1) * ENTRY_BYTES
SOON_MS = HOUR_MS
"""What comes so long after its time, a phone's without a network, keeps its time as that of the entities'
birth.
"""


class StageVisit(NamedTuple):
    """What one stage did with an event."""

    outcome: Outcome
    record: bytes | None = None
    """The entity's new record, to be stored; None if there is nothing to store."""


class Passed(NamedTuple):
    """What some stages did with an event, see `Step.through`."""

    worst: int
    """The greatest outcome of all; up to `Outcome.LINKED` nothing is to be counted."""
    outcomes: tuple[int, ...]
    """By stage; `ABSENT` after a duplicate."""
    trail: bytes
    records: list[bytes | None]
    """By stage the entity's new record, to be stored; None if there is nothing to store, `CLEARED` if the
    stored one is to go.
    """


class Step:
    """The step for one graph.

    Each call is a function of its arguments. A step has room for one call at a time.
    """

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.codec = TrailCodec(graph)
        self.layouts = tuple(RecordLayout(graph, position) for position in range(len(graph.entities)))
        self._table = stage_table(graph, self.layouts, self.codec)
        stages = len(self._table)
        self._sizes = np.zeros(1 + 2 * stages, np.int64)
        self._sizes_view = self._sizes.data
        self._all_sizes = struct.Struct(f"{1 + 2 * stages}q").unpack
        self._given_sizes = [struct.Struct(f"{1 + count}q").pack_into for count in range(stages + 1)]
        self._records = np.zeros((stages, _ROOM), np.uint8)
        self._new = [room.data for room in self._records]
        self._make_room(1)

    def _make_room(self, given: int) -> None:
        """Make room for so many bytes of trail and records, and for what they become."""
        self._given = np.zeros(given, np.uint8)
        self._trail = np.zeros(given + len(self._table) * (2 + SUMMARY_BYTES), np.uint8)
        self._given_view, self._trail_view = self._given.data, self._trail.data
        buffers = (self._given, self._trail, self._sizes, self._table, self._records)
        given_at, trail_at, sizes_at, table_at, records_at = (buffer.ctypes.data for buffer in buffers)
        self._addresses = given, given_at, trail_at, sizes_at, table_at, records_at

    def __call__(self, event: Event, states: Sequence[MutableMapping[int, bytes]]) -> Trail | None:
        """Take one event through all stages; return the trail to score, or None for a duplicate.

        `states[i]` maps a pseudonym of stage i to its record. Stages at the end may be left out.
        """
        trail = Trail(event)
        data = self.encoded(trail, states)
        return None if data is None else self.codec.update(trail, data)

    def encoded(self, trail: Trail, states: Sequence[MutableMapping[int, bytes]]) -> bytes | None:
        """Do as `__call__`, from a trail at its beginning to the encoded one at its end."""
        event = trail.event
        keys = [event.key(position) for position in range(len(states))]
        stored = [state.get(key) if key != MISSING else None for key, state in zip(keys, states, strict=True)]
        passed = self.through(0, self.codec.encode(trail), stored)
        if passed.worst == DUPLICATE:
            return None
        for key, state, record in zip(keys, states, passed.records, strict=True):
            if record == CLEARED:
                state.pop(key, None)
            elif record is not None:
                state[key] = record
        return passed.trail

    def visit(self, position: int, trail: Trail, stored: bytes | None) -> StageVisit:
        """Take an event through one stage: read `stored` into the trail, then link the event in.

        `stored` is the record of the event's entity of this kind.
        """
        passed = self.through(position, self.codec.encode(trail), [stored])
        self.codec.update(trail, passed.trail)
        return StageVisit(Outcome(passed.outcomes[0]), passed.records[0])

    def through(self, first: int, trail: bytes, stored: Sequence[bytes | None]) -> Passed:
        """Take an encoded trail through as many stages as `stored` has records, from stage `first` on.

        `stored` holds the records of the event's entities, None or empty where there is none.
        """
        if trail[0] == LABEL_CODE and forgets(trail):
            return self._forgotten(first, trail, stored)
        given = b"".join([trail, *[record or b"" for record in stored]])
        if len(given) > len(self._given):
            self._make_room(2 * len(given))
        self._given_view[: len(given)] = given
        stages = len(stored)
        self._given_sizes[stages](self._sizes_view, 0, len(trail), *[len(record) if record else 0 for record in stored])
        room, given_at, trail_at, sizes_at, table_at, records_at = self._addresses
        worst = pass_stages(room, given_at, trail_at, sizes_at, table_at, records_at, first, stages)
        if worst == _NOT_CURRENT:
            return self.through(first, trail, [record and self._current(first + at, record) for at, record in enumerate(stored)])
        end, *rest = self._all_sizes(self._sizes_view)
        records = [bytes(room[:size]) if size else None for size, room in zip(rest[:stages], self._new, strict=False)]
        return Passed(worst, tuple(rest[stages : 2 * stages]), bytes(self._trail_view[:end]), records)

    def _forgotten(self, first: int, trail: bytes, stored: Sequence[bytes | None]) -> Passed:
        """Take the trail of an account that is to be forgotten through stages."""
        account, records = self.codec.key(trail, 0), list[bytes | None]()
        for position, record in enumerate(stored, first):
            layout = self.layouts[position] if position < len(self.layouts) else None
            records.append(forgotten(self._current(position, record), layout, account) if record else None)
        outcomes = tuple(ABSENT if record is None else LINKED for record in records)
        return Passed(max(outcomes), outcomes, trail, records)

    def _current(self, position: int, record: bytes) -> bytes:
        """Return a stored record in the current version. Raise RecordVersionError if there is none."""
        if position >= len(self.layouts):
            return migrate_place(record)
        layout = self.layouts[position]
        current = migrate(record, layout)
        if not layout.fixed_bytes <= len(current) <= _LONGEST:
            raise RecordVersionError(
                f"a {self.graph.stages[position]} record has {len(record)} bytes, none can have fewer than {layout.fixed_bytes} or more "
                f"than {_LONGEST}: the savepoint is damaged, take another"
            )
        return current


@compiled_entry
def pass_stages(room: int, given_at: int, trail_at: int, sizes_at: int, table_at: int, records_at: int, first: int, stages: int) -> int:
    """Take an event through S `stages` from `first` on; return the greatest outcome.

    Arguments that end in `_at` are addresses, see `compiled_entry`:

    - `given_at` u1[room]: the encoded trail and the S stored records, end to end;
    - `sizes_at` i8[1 + 2S]: how many bytes each of them has. Overwritten by the new sizes (0: nothing to
      store) and, after these, the outcomes;
    - `trail_at`: the longer trail is written here;
    - `table_at`: the whole `stage_table`;
    - `records_at` u1[S, _ROOM]: the new records are written here.
    """
    given, sizes = bytes_at(given_at, room), array_at(bytes_at(sizes_at, 8 + 16 * stages), 0, 1 + 2 * stages, np.int64)
    trail = bytes_at(trail_at, room + stages * (2 + SUMMARY_BYTES))
    table = array_at(bytes_at(table_at, (first + stages) * _STAGE_BYTES), first * _STAGE_BYTES, stages, STAGE)
    at = end = copy_into(trail, 0, given[: sizes[0]])
    worst = ABSENT
    for index in range(stages):
        size, sizes[1 + index] = sizes[1 + index], 0
        stored, stage, record = given[at : at + size], table[index], bytes_at(records_at + index * _ROOM, _ROOM)
        at += size
        outcome = ABSENT
        if worst < DUPLICATE:
            if stage["position"] < stage["entities"]:
                outcome, end, sizes[1 + index] = visit_entity(stored, trail, end, stage, record)
            else:
                outcome, sizes[1 + index] = visit_place(stored, trail, stage, record)
        sizes[1 + stages + index] = outcome
        if outcome == _NOT_CURRENT:
            return outcome
        worst = max(worst, outcome)
    sizes[0] = end
    return worst


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
        return _NOT_CURRENT, end, 0
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
def decayed_in(record: Bytes, stage: Any) -> NDArray[np.float32]:
    """Return the decayed counters of a record, to be read or written."""
    return array_at(record, _HEAD_BYTES, (stage["bitmaps_at"] - _HEAD_BYTES) // 4, np.float32)


@compiled
def bitmaps_in(record: Bytes, stage: Any) -> Bytes:
    """Return the bitmaps of a record, to be read or written."""
    return record[stage["bitmaps_at"] : stage["fixed_bytes"]]


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
        return _NOT_CURRENT, 0
    head, counters, bitmaps = array_at(record, 0, 1, PLACE_HEAD)[0], counters_in(record), record[PLACE_MARKS_AT:PLACE_BYTES]
    copy_into(record, 0, stored)
    known, late_s, born_ms = len(stored) > 0 and now_ms - head["clock"] <= stage["ttl_ms"], 0.0, born(trail, stage, now_ms)
    if known:
        late_s = advance_place(head, counters, now_ms)
        write_seen(seen_in(trail, stage), head, counters, bitmaps, trail, now_ms)
    if is_late_in_stream(trail, stage, now_ms):
        return LATE, 0
    if not known:
        begin_place(record, now_ms, born_ms)
    if head["clock"] - now_ms > stage["late_ms"]:
        return LATE, 0
    note_others(bitmaps, trail)
    if place_joins(head, counters, bitmaps, event):
        join_ring(head, bitmaps, stage, trail, now_ms)
    fresh = is_fresh(trail, event, stage)
    meet_account(head, counters, bitmaps, u64_at(trail, ENTITIES_AT), now_ms, born_ms, late_s, stage["window_ms"], fresh)
    return LINKED, PLACE_BYTES


@compiled
def seen_in(trail: Bytes, stage: Any) -> NDArray[np.float32]:
    """Return what the trail says of the place of a stage, to be read or written."""
    place = stage["position"] - stage["entities"]
    return array_at(trail, stage["seen_at"] + 4 * len(PLACE_SEEN) * place, len(PLACE_SEEN), np.float32)


@compiled
def is_current(stored: Bytes, stage: Any) -> bool:
    """Return whether it is a record of this version and this graph, as long as one can be."""
    if not stage["fixed_bytes"] <= len(stored) <= _LONGEST:
        return False
    head = array_at(stored, 0, 1, RECORD_HEAD)[0]
    return head["version"] == VERSION and head["tag"] == stage["tag"]


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


@compiled
def begin(record: Bytes, head: Any, stage: Any, now_ms: int, born_ms: int) -> None:
    """Write a fresh entity, first seen at `born_ms`."""
    record[: stage["fixed_bytes"]] = 0
    head["version"], head["tag"] = VERSION, stage["tag"]
    head["first_seen"] = head["last_seen"] = born_ms
    head["clock"] = head["distinct_since"] = now_ms
    head["usual_first"] = head["usual_last"] = head["unusual_first"] = head["unusual_last"] = NEVER
    head["last_legit"] = head["last_unusual"] = head["ring_seen"] = NEVER


@compiled
def is_read_later(trail: Bytes, stage: Any) -> bool:
    """Return whether the event has an entity of a later stage.

    The link of such an entity is the one place where a summary is read.
    """
    for position in range(stage["position"] + 1, stage["entities"]):
        if u64_at(trail, ENTITIES_AT + 8 * position) != MISSING:
            return True
    return False
