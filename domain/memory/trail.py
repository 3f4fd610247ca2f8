"""The trail: an event and, stage by stage, what its entities were like just before it.

One flat byte string travels between the stages, little-endian (`TrailCodec.head_dtype` is its first part):

    head | event id (UTF-8) | currency | model (UTF-8) | a block per visited stage

A block is its length u2 and, unless that is 0 (the event has no such entity, or it was never seen), the
entity's summary f4[S] and its whole record. The summary is zeros if the event has no entity of a later
stage, whose link would store it. Label events carry no blocks: nobody scores them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from domain.events.event import Event
from domain.events.exchange_rates import unit_of
from domain.events.identity import MISSING
from domain.graph import LABEL_CODE, GraphSettings
from domain.kernel.layouts import offset_of, struct_of
from domain.memory.link import SUMMARY

NO_SUMMARY = (0.0,) * len(SUMMARY)
PLACE_SEEN = ("age", "others", "meetings_1d", "doubtful_1d")
"""What an event is shown of a place, f4, see `place_record.write_seen`; zeros where there is none."""
NO_RING = 0
_SUMMARY = struct.Struct(f"<{len(SUMMARY)}f")
EVENT_HEAD = np.dtype([
    ("type", "u1"), ("is_fraud", "u1"), ("source", "u1"), ("mail", "u1"), ("crowd", "u1"),
    ("time", "<i8"), ("created", "<i8"), ("amount", "<f8"), ("id_hash", "<u8"), ("subject_hash", "<u8"),
    ("told", "i1"), ("told_before", "i1"), ("told_stages", "u1"), ("told_source", "u1"),
    ("told_said", "<i8"), ("told_before_said", "<i8"), ("told_latest", "<i8"), ("told_when", "<i8"),
    ("given", "<f8"), ("rate", "<f8"), ("unit", "<u2"),
])  # fmt: skip
"""How a head begins, whatever the graph; the pseudonyms follow. `crowd` is written by the stages.

`is_fraud` and `source` are a label's: 0, 1 or `WITHDRAWN`, and `Event.source`. Its `amount` is `Event.order`.
What is `told` is a `Told`, written by the account's stage. `amount` is `Event.comparable`, of `given` and
`rate`; `unit` is 0 where there is a rate, else `unit_of` the currency.
"""


class Told(NamedTuple):
    """What an account's stage tells the later ones of the labels of an event: the trail's, or a label's."""

    label: int = -1
    """The one that counts now (`link.UNKNOWN` for none),"""
    before: int = -1
    """and the one that counted before this label."""
    stages: int = 0
    """A bit for each kind of entity that the labels have named."""
    source: int = 0
    """`Event.source` of what counts now."""
    said_ms: int = -1
    """When what counts was said,"""
    before_said_ms: int = -1
    """and what counted before."""
    latest_ms: int = -1
    """When anything was last said of the event; -1: nothing is told."""
    when_ms: int = -1
    """When the event happened, 0 if nobody knows."""


NOTHING_TOLD = Told()
WITHDRAWN = 2
"""`is_fraud` of a label that takes another one back."""
_IS_FRAUD_OF = (False, True, None)
TRAIL_TAIL = np.dtype([("clock", "<i8"), ("entered", "<i8"), ("model_bytes", "<u2"), ("id_bytes", "<u2"), ("currency_bytes", "u1")])
"""How a head ends, whatever the graph; the texts follow."""
ENTITIES_AT = EVENT_HEAD.itemsize
_TAIL = struct_of(TRAIL_TAIL)
_TYPE_AT, _ID_HASH_AT, _SUBJECT_AT, _CROWD_AT = (offset_of(EVENT_HEAD, name) for name in ("type", "id_hash", "subject_hash", "crowd"))
# places of the fields in an unpacked head
_TYPE, _IS_FRAUD, _SOURCE, _MAIL, _CROWD, _TIME, _CREATED, _AMOUNT, _ID_HASH, _SUBJECT, _TOLD = range(11)
_TOLD_END = _TOLD + len(Told._fields)
_GIVEN, _RATE = _TOLD_END, _TOLD_END + 1
_CLOCK, _ENTERED, _MODEL_BYTES, _ID_BYTES, _CURRENCY_BYTES = range(-len(TRAIL_TAIL.names or ()), 0)


class Trail:
    """An event on its way through the stages."""

    __slots__ = ("clock_ms", "crowd", "entered_ms", "event", "model", "rings", "seen", "told", "wire", "z")

    def __init__(self, event: Event, z: float = 0.0) -> None:
        self.event = event
        self.z = z
        """How many deviations the amount is away from the account's habit; set by the first stage."""
        self.rings = [NO_RING] * (len(event.entities) + len(event.places))
        """Per stage the label of the ring that the event joins by its entity there; set by the stages."""
        self.seen = [0.0] * (len(PLACE_SEEN) * len(event.places))
        """What the event is shown of its places, `PLACE_SEEN` for each; set by the stages."""
        self.crowd = 0
        """With which others it is counted, see `crowd.py`; set by the stages."""
        self.told = NOTHING_TOLD
        """What is known of labels of the event; set by the first stage, read by the later ones alone."""
        self.clock_ms = event.time_ms
        """The time that the stream had reached with this event, 0 before it is known, see `StreamClock`.

        Lateness and age are judged by it, and it is the event time of all that comes after the stages.
        """
        self.entered_ms = 0
        """When the event came in by the machine's clock, in ms since 1970; 0 if nobody noted it.

        Nothing is decided by it.
        """
        self.model = ""
        """Which model is to score the event; empty: the configured one."""
        self.wire = b""
        """The blocks of the visited stages as they travel: a stage adds one, the others stay as they are."""

    def add(self, record: bytes, summary: tuple[float, ...]) -> None:
        """Add a block: the record of a visited stage before the event, empty if there was none, and its
        summary.
        """
        if record:
            self.wire = b"".join((self.wire, (_SUMMARY.size + len(record)).to_bytes(2, "little"), _SUMMARY.pack(*summary), record))
        else:
            self.wire += b"\0\0"

    @property
    def blocks(self) -> list[bytes]:
        """Return per visited stage the entity's record before the event, empty if there was none."""
        return [self.wire[start + _SUMMARY.size : end] for start, end in _blocks(self.wire)]

    @property
    def summaries(self) -> list[tuple[float, ...]]:
        """Return per visited stage what `learning.summarise` wrote, zeros if there was no record."""
        return [_SUMMARY.unpack_from(self.wire, start) if end > start else NO_SUMMARY for start, end in _blocks(self.wire)]


class TrailCodec:
    """Bytes <-> `Trail` for one graph; N entity kinds, attributes as the graph names them."""

    def __init__(self, graph: GraphSettings) -> None:
        n, numeric, categorical = len(graph.entities), len(graph.numeric_attributes), len(graph.categorical_attributes)
        self._entities_at = len(EVENT_HEAD.names or ())
        self._numeric_at = self._entities_at + n
        self._categorical_at = self._numeric_at + numeric
        self._z_at = self._categorical_at + categorical
        m = len(graph.stages) - n
        self._seen = len(PLACE_SEEN) * m
        self._places_at = self._z_at + 1 + self._seen
        self._rings_at = self._places_at + m
        self._stages = n + m
        begin, end = ([(name, part[name]) for name in part.names or ()] for part in (EVENT_HEAD, TRAIL_TAIL))
        self.head_dtype = np.dtype([
            *begin, ("entities", "<u8", (n,)), ("numeric", "<f8", (numeric,)), ("categorical", "<u4", (categorical,)),
            ("z", "<f4"), ("seen", "<f4", (m, len(PLACE_SEEN))), ("places", "<u8", (m,)), ("rings", "<u8", (n + m,)), *end,
        ])  # fmt: skip
        self._head = struct_of(self.head_dtype)
        self.head_bytes = self._head.size
        self._key_at = [self.offset("entities") + 8 * i for i in range(n)] + [self.offset("places") + 8 * i for i in range(m)]

    def encode(self, trail: Trail) -> bytes:
        """Return the trail's bytes."""
        event = trail.event
        event_id, currency, model = event.event_id.encode(), event.currency.encode(), trail.model.encode()
        places, rings, seen = event.places, trail.rings, trail.seen
        if len(rings) < self._stages:  # an event made by hand may leave places out
            places = (*places, *(MISSING,) * (self._stages - len(rings)))
            rings = [*rings, *(NO_RING,) * (self._stages - len(rings))]
            seen = [*seen, *(0.0,) * (self._seen - len(seen))]
        head = self._head.pack(
            event.type_code, WITHDRAWN if event.is_fraud is None else event.is_fraud, event.source, event.mail, trail.crowd,
            event.time_ms, event.created_ms, event.comparable, event.id_hash, event.subject_hash, *trail.told,
            event.amount, event.rate, 0 if event.rate == event.rate else unit_of(event.currency),
            *event.entities, *event.numeric, *event.categorical, trail.z, *seen, *places, *rings, trail.clock_ms, trail.entered_ms,
            len(model), len(event_id), len(currency),
        )  # fmt: skip
        return b"".join((head, event_id, currency, model, trail.wire))

    def decode(self, data: bytes) -> Trail:
        """Return the trail of the bytes."""
        head = self._head.unpack_from(data)
        trail = Trail(self.event(data), head[self._z_at])
        trail.rings, trail.crowd = list(head[self._rings_at : _CLOCK]), head[_CROWD]
        trail.seen = list(head[self._z_at + 1 : self._places_at])
        trail.told = Told(*head[_TOLD:_TOLD_END])
        trail.clock_ms, trail.entered_ms = head[_CLOCK], head[_ENTERED]
        trail.model = self.model(data).decode()
        trail.wire = data[self.head_bytes + sum(head[_MODEL_BYTES:]) :]
        return trail

    def event(self, data: bytes) -> Event:
        """Return only the event of an encoded trail: it takes half of the time."""
        head = self._head.unpack_from(data)
        currency_at = self.head_bytes + head[_ID_BYTES]
        return Event(  # by position: by name it takes half as long again
            data[self.head_bytes : currency_at].decode(),
            head[_TYPE],
            head[_TIME],
            head[self._entities_at : self._numeric_at],
            head[_ID_HASH],
            head[_GIVEN],
            data[currency_at : currency_at + head[_CURRENCY_BYTES]].decode(),
            head[_CREATED],
            head[_SUBJECT],
            _IS_FRAUD_OF[head[_IS_FRAUD]],
            head[self._numeric_at : self._categorical_at],
            head[self._categorical_at : self._z_at],
            head[self._places_at : self._rings_at],
            head[_MAIL],
            head[_SOURCE],
            head[_RATE],
        )

    def rings(self, data: bytes) -> tuple[int, ...]:
        """Return only `Trail.rings` of an encoded trail."""
        return self._head.unpack_from(data)[self._rings_at : _CLOCK]

    def update(self, trail: Trail, data: bytes) -> Trail:
        """Take over what stages added to a trail: deviation, rings, crowd, blocks, what is told of labels and
        seen of places.

        `data` was encoded from it.
        """
        head = self._head.unpack_from(data)
        trail.crowd, trail.told = head[_CROWD], Told(*head[_TOLD:_TOLD_END])
        trail.z, trail.rings = head[self._z_at], list(head[self._rings_at : self._rings_at + len(trail.rings)])
        trail.seen = list(head[self._z_at + 1 : self._z_at + 1 + len(trail.seen)])
        trail.wire = data[self.head_bytes + sum(head[_MODEL_BYTES:]) :]
        return trail

    def offset(self, field: str) -> int:
        """Return where a field of `head_dtype` begins, in bytes."""
        return offset_of(self.head_dtype, field)

    def key(self, data: bytes, stage: int) -> int:
        """Return only `Event.key` of an encoded trail."""
        at = self._key_at[stage]
        return int.from_bytes(data[at : at + 8], "little")

    def clock_ms(self, data: bytes) -> int:
        """Return only `Trail.clock_ms` of an encoded trail."""
        clock: int = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)[_CLOCK]
        return clock

    def entered_ms(self, data: bytes) -> int:
        """Return only `Trail.entered_ms` of an encoded trail."""
        entered: int = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)[_ENTERED]
        return entered

    def model(self, data: bytes) -> bytes:
        """Return only `Trail.model` of an encoded trail, in UTF-8."""
        _, _, model_bytes, id_bytes, currency_bytes = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)
        at = self.head_bytes + id_bytes + currency_bytes
        return data[at : at + model_bytes]

    def with_model(self, data: bytes, name: str) -> bytes:
        """Return an encoded trail with another `Trail.model`."""
        clock, entered, model_bytes, id_bytes, currency_bytes = _TAIL.unpack_from(data, self.head_bytes - _TAIL.size)
        model, at = name.encode(), self.head_bytes + id_bytes + currency_bytes
        tail = _TAIL.pack(clock, entered, len(model), id_bytes, currency_bytes)
        return b"".join((data[: self.head_bytes - _TAIL.size], tail, data[self.head_bytes : at], model, data[at + model_bytes :]))


def id_hash(data: bytes) -> int:
    """Return only `Event.id_hash` of an encoded trail."""
    return int.from_bytes(data[_ID_HASH_AT : _ID_HASH_AT + 8], "little")


def way_hash(data: bytes) -> int:
    """Return what spreads the encoded trail at a stage of which it has no entity: the event's `id_hash`.

    A label has that of the event it is about, so that it goes the way of the event, and two labels with the
    same entities do not overtake each other.
    """
    at = _SUBJECT_AT if is_label(data) else _ID_HASH_AT
    return int.from_bytes(data[at : at + 8], "little")


def crowd(data: bytes) -> int:
    """Return only `Trail.crowd` of an encoded trail."""
    return data[_CROWD_AT]


def is_label(data: bytes) -> bool:
    """Return only `Event.is_label` of an encoded trail."""
    return data[_TYPE_AT] == LABEL_CODE


def forgets(data: bytes) -> bool:
    """Return only `Event.forgets` of an encoded trail."""
    return is_label(data) and not any(data[_SUBJECT_AT : _SUBJECT_AT + 8])


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each block's summary begins and where the block ends."""
    at = 0
    while at < len(data):
        start = at + 2
        at = start + (data[at] | data[at + 1] << 8)
        yield start, at
