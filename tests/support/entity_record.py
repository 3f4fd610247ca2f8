"""An entity's record decoded, for tests to look at and to write; the step works on the bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.kernel.layouts import struct_of
from domain.memory.label_book import ENTRY_BYTES
from domain.memory.record import BITMAP_BYTES, LINEAR_COUNT, NEVER, RECORD_HEAD, VERSION, RecordLayout

_HEAD = struct_of(RECORD_HEAD)
_HEAD_NAMES = RECORD_HEAD.names or ()


def links_of(layout: RecordLayout, data: bytes) -> NDArray[np.void]:
    """The links of one encoded record, oldest first, shape [n_links]."""
    return np.frombuffer(
        data, layout.link_dtype, offset=layout.fixed_bytes + 8 * data[layout.n_ids_at] + ENTRY_BYTES * data[layout.n_ids_at + 1]
    )


class EntityRecord:
    """One entity, decoded. Fields are those of `RECORD_HEAD`."""

    __slots__ = (*_HEAD_NAMES, "bitmaps", "book", "decayed", "ids", "layout", "links")

    def __init__(self, layout: RecordLayout, now_ms: int) -> None:
        """A fresh entity, first seen now."""
        self.layout = layout
        self.version, self.tag, self.n_links, self.n_ids, self.n_labels, self.labels_gone = VERSION, layout.tag, 0, 0, 0, 0
        self.first_seen = self.last_seen = self.clock = self.distinct_since = now_ms
        self.events = self.frauds = self.legitimates = self.usual_n = self.unusual_n = self.legit_since = self.ring = 0
        self.habit_n = self.habit_mean = self.habit_var = self.hour_cos = self.hour_sin = 0.0
        self.usual_first = self.usual_last = self.unusual_first = self.unusual_last = self.last_legit = self.last_unusual = NEVER
        self.ring_seen = NEVER
        self.other_unit_1 = self.other_n_1 = self.other_unit_2 = self.other_n_2 = 0
        self.other_mean_1 = self.other_var_1 = self.other_mean_2 = self.other_var_2 = 0.0
        self.decayed = np.zeros(layout.n_decayed, np.float32)
        self.bitmaps = bytearray(layout.fixed_bytes - layout.bitmaps_at)
        self.ids = self.book = b""
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
        book_end = ids_end + ENTRY_BYTES * record.n_labels
        record.book, record.links = data[ids_end:book_end], data[book_end:]
        return record

    def encode(self) -> bytes:
        head = _HEAD.pack(*(getattr(self, name) for name in _HEAD_NAMES))
        return b"".join((head, self.decayed.tobytes(), self.bitmaps, self.ids, self.book, self.links))

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
