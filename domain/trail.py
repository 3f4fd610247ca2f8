"""The trail: an event and, stage by stage, what its entities looked like just before it.

One flat byte string travels between the stages, little-endian (`TrailCodec.head_dtype` is its first part):

    head | event id (UTF-8) | currency | model (UTF-8) | a block per visited stage

A block is its length u2 and, unless that is 0 (the event has no such entity, or it was never seen), the summary
f4[S] of the entity (zeros if the event has none of a later stage, whose link would store it) and its whole record. Label
events carry no blocks: nobody scores them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

import numpy as np

from domain.event import Event
from domain.graph import GraphSettings
from domain.identity import MISSING
from domain.record import SUMMARY

NO_SUMMARY = (0.0,) * len(SUMMARY)
NO_RING = 0
_SUMMARY = struct.Struct(f"<{len(SUMMARY)}f")
_TAIL = struct.Struct("<qqHHB")
"""The end of the head: clock, entered, bytes of the model, of the event id, of the currency."""
_NO_SUMMARY = _SUMMARY.pack(*NO_SUMMARY)


class Trail:
    """An event on its way through the stages."""

    __slots__ = ("clock_ms", "entered_ms", "event", "model", "rings", "wire", "z")

    def __init__(self, event: Event, z: float = 0.0) -> None:
        self.event = event
        self.z = z
        """Deviation of the amount from the account's habit, in standard deviations; set by the first stage."""
        self.rings = [NO_RING] * (len(event.entities) + len(event.places))
        """Per stage the label of the ring that the event joins by its entity there; set by the stages, see `ring.py`."""
        self.clock_ms = event.time_ms
        """The latest event time that the stream had reached with this event, see `RingBook.on_alert`."""
        self.entered_ms = 0
        """When the event came in by the machine's clock, in ms since 1970; 0 if nobody noted it. Nothing is decided by it."""
        self.model = ""
        """Which model is to score the event; empty: the configured one."""
        self.wire = b""
        """The blocks of the visited stages as they travel: a stage adds one and hands the others on as they are."""

    def add(self, record: bytes, summary: tuple[float, ...]) -> None:
        """Add a visited stage's block: the entity's record before the event and `EntityRecord.summary`, empty if there was none."""
        if record:
            self.wire = b"".join((self.wire, (_SUMMARY.size + len(record)).to_bytes(2, "little"), _SUMMARY.pack(*summary), record))
        else:
            self.wire += b"\0\0"

    @property
    def blocks(self) -> list[bytes]:
        """Per visited stage the entity's record before the event, empty if there was none."""
        return [self.wire[start + _SUMMARY.size : end] for start, end in _blocks(self.wire, 0)]

    @property
    def summaries(self) -> list[tuple[float, ...]]:
        """Per visited stage `EntityRecord.summary`, zeros if there was none."""
        return [_SUMMARY.unpack_from(self.wire, start) if end > start else NO_SUMMARY for start, end in _blocks(self.wire, 0)]

    def packed_summaries(self, stages: int) -> bytes:
        """`summaries` of the first stages as they stand in a link, f4[stages, S]."""
        wire, found = self.wire, []
        for start, end in islice(_blocks(wire, 0), stages):
            found.append(wire[start : start + _SUMMARY.size] if end > start else _NO_SUMMARY)
        return b"".join(found)


class TrailCodec:
    """Bytes <-> `Trail` for one graph; N entity kinds, attributes as the graph names them."""

    def __init__(self, graph: GraphSettings) -> None:
        n, numeric, categorical = len(graph.entities), len(graph.numeric_attributes), len(graph.categorical_attributes)
        self._entities_at = 7
        self._numeric_at = self._entities_at + n
        self._categorical_at = self._numeric_at + numeric
        self._z_at = self._categorical_at + categorical
        self._places_at = self._z_at + 1
        m = len(graph.stages) - n
        self._rings_at = self._places_at + m
        self._stages = n + m
        self._head = struct.Struct(f"<BBqqdQQ{n}Q{numeric}d{categorical}If{m}Q{n + m}QqqHHB")
        self.head_dtype = np.dtype([
            ("type", "u1"), ("is_fraud", "u1"), ("time", "<i8"), ("created", "<i8"), ("amount", "<f8"), ("id_hash", "<u8"),
            ("subject_hash", "<u8"), ("entities", "<u8", (n,)), ("numeric", "<f8", (numeric,)),
            ("categorical", "<u4", (categorical,)), ("z", "<f4"), ("places", "<u8", (m,)), ("rings", "<u8", (n + m,)),
            ("clock", "<i8"), ("entered", "<i8"), ("model_bytes", "<u2"), ("id_bytes", "<u2"), ("currency_bytes", "u1"),
        ])  # fmt: skip
        self.head_bytes = self._head.size

    def encode(self, trail: Trail) -> bytes:
        event = trail.event
        event_id, currency, model = event.event_id.encode(), event.currency.encode(), trail.model.encode()
        places, rings = event.places, trail.rings
        if len(rings) < self._stages:  # an event made by hand may leave places out
            places = (*places, *(MISSING,) * (self._stages - len(rings)))
            rings = [*rings, *(NO_RING,) * (self._stages - len(rings))]
        head = self._head.pack(
            event.type_code, event.is_fraud, event.time_ms, event.created_ms, event.amount, event.id_hash, event.subject_hash,
            *event.entities, *event.numeric, *event.categorical, trail.z, *places, *rings, trail.clock_ms, trail.entered_ms,
            len(model), len(event_id), len(currency),
        )  # fmt: skip
        return b"".join((head, event_id, currency, model, trail.wire))

    def decode(self, data: bytes) -> Trail:
        head = self._head.unpack_from(data)
        currency_at = self.head_bytes + head[-2]
        model_at = currency_at + head[-1]
        blocks_at = model_at + head[-3]
        trail = Trail(
            Event(  # by position: by name it takes half as long again
                data[self.head_bytes : currency_at].decode(),
                head[0],
                head[2],
                head[self._entities_at : self._numeric_at],
                head[5],
                head[4],
                data[currency_at:model_at].decode(),
                head[3],
                head[6],
                bool(head[1]),
                head[self._numeric_at : self._categorical_at],
                head[self._categorical_at : self._z_at],
                head[self._places_at : self._rings_at],
            ),
            head[self._z_at],
        )
        trail.rings = list(head[self._rings_at : -5])
        trail.clock_ms, trail.entered_ms = head[-5], head[-4]
        trail.model = data[model_at:blocks_at].decode()
        trail.wire = data[blocks_at:]
        return trail

    def records(self, data: bytes) -> list[bytes]:
        """Only the records of an encoded trail, one per stage, empty where there was none."""
        _, _, model_bytes, id_bytes, currency_bytes = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)
        at = self.head_bytes + id_bytes + currency_bytes + model_bytes
        return [data[start + _SUMMARY.size : end] for start, end in _blocks(data, at)]

    def clock_ms(self, data: bytes) -> int:
        """Only `Trail.clock_ms` of an encoded trail."""
        clock: int = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)[0]
        return clock

    def entered_ms(self, data: bytes) -> int:
        """Only `Trail.entered_ms` of an encoded trail."""
        entered: int = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)[1]
        return entered

    def model(self, data: bytes) -> bytes:
        """Only `Trail.model` of an encoded trail, in UTF-8."""
        _, _, model_bytes, id_bytes, currency_bytes = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)
        at = self.head_bytes + id_bytes + currency_bytes
        return data[at : at + model_bytes]


def _blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    while at < len(data):
        start = at + 2
        at = start + (data[at] | data[at + 1] << 8)
        yield start, at
