"""The one step: an event visits its entities, reads each as it was, then leaves its mark.

The Flink stages, the offline replay, training, backtests and the tests all call `Step`. Nobody writes the loop again.
"""

from __future__ import annotations

import math
from collections.abc import MutableMapping, Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np

from domain.event import Event
from domain.graph import DAY_S, GraphSettings
from domain.identity import MISSING
from domain.place_record import PlaceRecord
from domain.record import UNKNOWN, UNUSUAL_Z, EntityRecord, RecordLayout, is_hub
from domain.record_migration import migrate
from domain.ring import pass_ring
from domain.trail import NO_SUMMARY, Trail

_DAY_MS = DAY_S * 1000
_HOUR_ANGLE = 2.0 * math.pi / _DAY_MS


class Outcome(Enum):
    """What became of an event at a stage."""

    LINKED = "linked"
    ABSENT = "absent"
    """The event has no entity of this kind: nothing read, nothing written."""
    LATE = "late"
    """Too far behind the entity's clock: scored, but all that the entity learns is the event's id."""
    DUPLICATE = "duplicate"
    """Its id was seen before: it goes no further."""


class Visit(NamedTuple):
    """What a stage did with an event. A named tuple: a frozen dataclass takes three times as long to make."""

    outcome: Outcome
    record: bytes | None = None
    """The entity's new record, to be stored; None if there is nothing to store."""


class Step:
    """The step for one graph. Holds no state: each call is a function of its arguments."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.layouts = tuple(RecordLayout(graph, position) for position in range(len(graph.entities)))
        self._ttl_ms = int(graph.ttl_days * _DAY_MS)
        self._late_ms = int(graph.late_days * _DAY_MS)
        self._window_ms = int(graph.distinct_days * _DAY_MS)
        self._link_ms = int(graph.link_days * _DAY_MS)

    def __call__(self, event: Event, states: Sequence[MutableMapping[int, bytes]]) -> Trail | None:
        """Take one event through all stages; `states[i]` maps a pseudonym of stage i to its record;
        stages without one are left out.

        Returns the trail to score, or None for a duplicate.
        """
        trail = Trail(event)
        for position, state in enumerate(states):
            key = event.key(position)
            visit = self.visit(position, trail, state.get(key) if key != MISSING else None)
            if visit.outcome is Outcome.DUPLICATE:
                return None
            if visit.record is not None:
                state[key] = visit.record
        return trail

    def visit(self, position: int, trail: Trail, stored: bytes | None) -> Visit:
        """One stage: read `stored` (the record of the event's entity of this kind) into the trail, then link the event in."""
        if position >= len(self.layouts):
            return self._visit_place(position, trail, stored)
        event, layout = trail.event, self.layouts[position]
        if event.entities[position] == MISSING:
            _carry(trail, b"", NO_SUMMARY)
            return Visit(Outcome.ABSENT)
        record = None
        if stored is not None:
            stored = migrate(stored, layout)
            record = EntityRecord.decode(stored, layout)
            if event.time_ms - record.clock > self._ttl_ms:
                record = None
        if record is None:
            _carry(trail, b"", NO_SUMMARY)
            record = EntityRecord(layout, event.time_ms)
        else:
            if position == 0 and record.has_seen(event.id_hash):
                return Visit(Outcome.DUPLICATE)
            assert stored is not None
            is_stored = any(event.entities[position + 1 :])  # a link of a later stage is the one place where a summary is read
            _carry(trail, stored, record.summary(event.time_ms) if is_stored and not event.is_label else NO_SUMMARY)
            if position == 0 and not event.is_label:
                trail.z = float(np.float32(record.z_of(event.amount)))  # as later stages read it from the encoded trail
            if record.clock - event.time_ms > self._late_ms:
                record.remember_id(event.id_hash)
                return Visit(Outcome.LATE, record.encode())
        self._learn(record, trail, position)
        return Visit(Outcome.LINKED, record.encode())

    def _visit_place(self, position: int, trail: Trail, stored: bytes | None) -> Visit:
        """A stage of `graph.ring_entities`: it joins rings and counts accounts, and leaves no block in the trail."""
        event = trail.event
        if event.key(position) == MISSING or event.is_label:
            return Visit(Outcome.ABSENT)
        record = PlaceRecord(event.time_ms) if stored is None else PlaceRecord.decode(stored)
        if event.time_ms - record.clock > self._ttl_ms:
            record = PlaceRecord(event.time_ms)
        if record.clock - event.time_ms > self._late_ms:
            return Visit(Outcome.LATE)
        pass_ring(record, trail, position)
        record.meet(event.entities[0], event.time_ms, self._window_ms)
        return Visit(Outcome.LINKED, record.encode())

    def _learn(self, record: EntityRecord, trail: Trail, position: int) -> None:
        event = trail.event
        late_s = record.advance(event.time_ms)
        record.remember_id(event.id_hash)
        if event.is_label:
            # later stages may have lost the link: the label brings them the deviation that an earlier one still knew
            trail.z = record.learn_label(event.subject_hash, event.is_fraud, event.time_ms, late_s, trail.z)
            return
        pass_ring(record, trail, position)
        record.first_seen = min(record.first_seen, event.time_ms)
        record.last_seen = max(record.last_seen, event.time_ms)
        others = event.entities[:position] + event.entities[position + 1 :]
        record.count(late_s, event.type_code, event.amount, trail.z >= UNUSUAL_Z, event.time_ms)
        angle = (event.time_ms % _DAY_MS) * _HOUR_ANGLE
        record.adopt_habit(event.amount, (math.cos(angle), math.sin(angle)))
        record.meet(others, event.time_ms)
        if self._keeps_link(record, event):
            link = record.layout.link_head.pack(
                event.time_ms, event.id_hash, *others, event.type_code, UNKNOWN, trail.z >= UNUSUAL_Z, event.amount, trail.z
            ) + (trail.packed_summaries(position) if position else b"")
            record.add_link(link, event.time_ms - self._link_ms)

    def _keeps_link(self, record: EntityRecord, event: Event) -> bool:
        """Every event of an ordinary entity becomes a link, of a hub a sample that the event's id decides."""
        return not is_hub(record) or event.id_hash % self.graph.hub_sample == 0


def _carry(trail: Trail, stored: bytes, summary: tuple[float, ...]) -> None:
    if not trail.event.is_label:
        trail.add(stored, summary)
