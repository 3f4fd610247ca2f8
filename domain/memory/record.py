"""The entity record: everything remembered of one account, device or address, as a few hundred bytes.

Layout, little-endian, sizes from `RecordLayout`:

    head | counters f4[H, C] | kinds f4[2, T] | bitmaps u1[N-1, 2, 32] | recent ids u8[n_ids] | links LINK[n_links]

H half-lives, C counters, T event types, N entity kinds. Head, counters, kinds and bitmaps have a fixed size,
so that compiled rules and feature columns find each at its place; ids and links are as many as there are.

What an entity learns stands in `learning.py` and `label_learning.py`, compiled functions over these bytes.
"""

from __future__ import annotations

import math
import zlib
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingError
from domain.graph import EVENT_TYPES, GraphSettings
from domain.kernel.layouts import offset_of, struct_of
from domain.memory.link import link_dtype
from domain.times import DAY_MS, DAY_S

VERSION = 2
RECORD_LIMIT_BYTES = 8192

COUNTERS = ("events", "amount", "unusual", "fraud_usual", "fraud_unusual", "legitimate")
"""Events, their amounts, unusual amounts; then known frauds at a usual and at an unusual amount, and cleared
events.

A fraud at an amount that is far from the account's habit is explained by the account; one at a usual amount
is not, and speaks of the other entities. The two are counted apart, see `unusualness`.
"""
EVENTS, AMOUNT, UNUSUAL, FRAUD_USUAL, FRAUD_UNUSUAL, LEGITIMATE = range(len(COUNTERS))
KIND_HALF_LIVES_S = (3600.0, 7.0 * DAY_S)
"""Half-lives of the counters per event type."""
BITMAP_BYTES = 32  # 256 bits estimate up to about a thousand distinct counterparts within a tenth
NEVER = -1  # a time that has not happened

RUN_GAP_MS = 14 * DAY_MS  # known frauds further apart than this begin a new run

RECORD_HEAD = np.dtype([
    ("version", "u1"), ("n_links", "u1"), ("tag", "<u2"), ("n_ids", "u1"),
    ("first_seen", "<i8"), ("last_seen", "<i8"), ("clock", "<i8"), ("events", "<u4"), ("frauds", "<u4"), ("legitimates", "<u4"),
    ("habit_n", "<f4"), ("habit_mean", "<f4"), ("habit_var", "<f4"), ("hour_cos", "<f4"), ("hour_sin", "<f4"),
    ("usual_first", "<i8"), ("usual_last", "<i8"), ("usual_n", "<u4"),
    ("unusual_first", "<i8"), ("unusual_last", "<i8"), ("unusual_n", "<u4"),
    ("last_legit", "<i8"), ("legit_since", "<u2"), ("last_unusual", "<i8"),
    ("distinct_since", "<i8"), ("ring", "<u8"), ("ring_seen", "<i8"),
])  # fmt: skip
_HEAD = struct_of(RECORD_HEAD)
_HEAD_NAMES = RECORD_HEAD.names or ()


class RecordLayout:
    """Sizes and dtypes of the records of one entity kind, which follow from the graph's settings."""

    def __init__(self, graph: GraphSettings, position: int) -> None:
        self.graph = graph
        self.position = position
        self.others = graph.others(position)
        self.counters_shape = (len(graph.half_lives_s), len(COUNTERS))
        self.kinds_shape = (len(KIND_HALF_LIVES_S), len(EVENT_TYPES))
        self.bitmaps_shape = (len(self.others), 2, BITMAP_BYTES)
        self.head_bytes = RECORD_HEAD.itemsize
        self.fixed_dtype = np.dtype([
            *((name, RECORD_HEAD[name]) for name in _HEAD_NAMES),
            ("counters", "<f4", self.counters_shape),
            ("kinds", "<f4", self.kinds_shape),
            ("bitmaps", "u1", self.bitmaps_shape),
        ])  # fmt: skip
        self.fixed_bytes = self.fixed_dtype.itemsize
        self.link_dtype = link_dtype(len(self.others), position)
        self.link_bytes = self.link_dtype.itemsize
        shape = (graph.entities, position, tuple(float(seconds) for seconds in graph.half_lives_s))
        self.tag = zlib.crc32(repr(shape).encode()) & 0xFFFF
        self.tag_bytes = self.tag.to_bytes(2, "little")
        self.n_counters = math.prod(self.counters_shape)
        self.n_decayed = self.n_counters + math.prod(self.kinds_shape)
        self.bitmaps_at = self.head_bytes + 4 * self.n_decayed
        self.max_bytes = self.fixed_bytes + 8 * self.max_ids + graph.links * self.link_bytes
        if self.max_bytes > RECORD_LIMIT_BYTES:
            raise SettingError(
                f"a record of kind {graph.entities[position]} could take {self.max_bytes} bytes, at most {RECORD_LIMIT_BYTES} are "
                "allowed: lower graph.links or graph.duplicates"
            )

    @cached_property
    def max_ids(self) -> int:
        """Only the first stage recognises duplicates."""
        return self.graph.duplicates if self.position == 0 else 0

    @cached_property
    def n_ids_at(self) -> int:
        """Offset of the head's `n_ids` in an encoded record."""
        return offset_of(RECORD_HEAD, "n_ids")

    def links_of(self, data: bytes) -> NDArray[np.void]:
        """The links of one encoded record, oldest first, shape [n_links]."""
        return np.frombuffer(data, self.link_dtype, offset=self.fixed_bytes + 8 * data[self.n_ids_at])


class EntityRecord:
    """One entity, decoded, to be looked at; the step works on the bytes. Times are event time in ms since
    1970; amounts in the event's own currency.

    `clock` is the latest time heard of, labels included: the decayed counters are as of then, and expiry
    counts from it. `last_seen` is the entity's own latest event. `ring` is the label of the entity's ring
    and `ring_seen` when an event last joined it (`ring.py`).
    """

    __slots__ = (*_HEAD_NAMES, "bitmaps", "decayed", "ids", "layout", "links")

    def __init__(self, layout: RecordLayout, now_ms: int) -> None:
        """A fresh entity, first seen now."""
        self.layout = layout
        self.version, self.tag, self.n_links, self.n_ids = VERSION, layout.tag, 0, 0
        self.first_seen = self.last_seen = self.clock = self.distinct_since = now_ms
        self.events = self.frauds = self.legitimates = self.usual_n = self.unusual_n = self.legit_since = self.ring = 0
        self.habit_n = self.habit_mean = self.habit_var = self.hour_cos = self.hour_sin = 0.0
        self.usual_first = self.usual_last = self.unusual_first = self.unusual_last = self.last_legit = self.last_unusual = NEVER
        self.ring_seen = NEVER
        self.decayed = np.zeros(layout.n_decayed, np.float32)
        self.bitmaps = bytearray(layout.fixed_bytes - layout.bitmaps_at)
        self.ids = b""
        self.links = b""

    @classmethod
    def decode(cls, data: bytes, layout: RecordLayout) -> EntityRecord:
        """Read a current record (see `migrate` for older ones)."""
        record = cls.__new__(cls)
        record.layout = layout
        for name, value in zip(_HEAD_NAMES, _HEAD.unpack_from(data), strict=True):
            setattr(record, name, value)
        record.decayed = np.frombuffer(data, np.float32, layout.n_decayed, layout.head_bytes)
        record.bitmaps = bytearray(data[layout.bitmaps_at : layout.fixed_bytes])
        ids_end = layout.fixed_bytes + 8 * record.n_ids
        record.ids = data[layout.fixed_bytes : ids_end]
        record.links = data[ids_end:]
        return record

    def encode(self) -> bytes:
        head = _HEAD.pack(*(getattr(self, name) for name in _HEAD_NAMES))
        return b"".join((head, self.decayed.tobytes(), self.bitmaps, self.ids, self.links))

    @property
    def counters(self) -> NDArray[np.float32]:
        """View of the decayed counters, f4[H, C]."""
        return self.decayed[: self.layout.n_counters].reshape(self.layout.counters_shape)

    @property
    def kinds(self) -> NDArray[np.float32]:
        """View of the decayed counters per event type, f4[2, T]."""
        return self.decayed[self.layout.n_counters :].reshape(self.layout.kinds_shape)

    def distinct(self, slot: int) -> float:
        """Estimated distinct counterparts of one kind (linear counting, Whang et al., TODS 1990)."""
        at = 2 * BITMAP_BYTES * slot
        middle = at + BITMAP_BYTES
        now, before = self.bitmaps[at:middle], self.bitmaps[middle : middle + BITMAP_BYTES]
        return LINEAR_COUNT[(int.from_bytes(now, "little") | int.from_bytes(before, "little")).bit_count()]


_BITS = BITMAP_BYTES * 8
LINEAR_COUNT = tuple(_BITS * math.log(_BITS / max(1, _BITS - marks)) for marks in range(_BITS + 1))


def linear_count(marks: int) -> float:
    """Distinct items behind `marks` set bits: m ln(m / unset)."""
    return LINEAR_COUNT[marks]
