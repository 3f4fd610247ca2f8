"""The one step: an event through the stages of its graph. The job, the replay and the tests call `Step`.
Nobody writes the loop again.

It runs on bytes: the encoded trail (`trail.py`) and the stored records (`record.py`, `place_record.py`) go
in, the longer trail and the new records come out. The rules are compiled (docs/performance.md says what
that saves): those over one entity are in `domain/memory/`, the order in which they apply in `domain/visits/`.
"""

from __future__ import annotations

import struct
from collections.abc import MutableMapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import LABEL_CODE, GraphSettings
from domain.memory.forgetting import CLEARED, forgotten
from domain.memory.link import SUMMARY_BYTES
from domain.memory.record import RecordLayout
from domain.memory.record_migration import RecordVersionError, migrate, migrate_place
from domain.memory.stage_table import stage_table
from domain.memory.trail import Trail, TrailCodec, forgets
from domain.visits.outcome import ABSENT, DUPLICATE, LINKED, NOT_CURRENT, Outcome
from domain.visits.record_views import LONGEST_RECORD, RECORD_ROOM
from domain.visits.stages import pass_stages


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
        self._records = np.zeros((stages, RECORD_ROOM), np.uint8)
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
        if worst == NOT_CURRENT:
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
        if not layout.fixed_bytes <= len(current) <= LONGEST_RECORD:
            raise RecordVersionError(
                f"a {self.graph.stages[position]} record has {len(record)} bytes, none can have fewer than {layout.fixed_bytes} or more "
                f"than {LONGEST_RECORD}: the savepoint is damaged, take another"
            )
        return current
