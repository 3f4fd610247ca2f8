"""What is remembered of an entity that only joins rings, such as an IP address: about a hundred bytes, no features.

Layout, little-endian: head | bitmaps u1[2, 32], as in `EntityRecord`.
"""

from __future__ import annotations

import struct

from domain.record import BITMAP_BYTES, NEVER, linear_count
from domain.trail import NO_RING

VERSION = 1
_HEAD = struct.Struct("<BqqqQq")  # version, first_seen, clock, distinct_since, ring, ring_seen
CLOCK_AT = struct.calcsize("<Bq")


class PlaceRecord:
    """First seen, distinct accounts of one to two windows, and the ring. Times are event time in ms since 1970."""

    __slots__ = ("_bitmaps", "clock", "distinct_since", "first_seen", "ring", "ring_seen")

    def __init__(self, now_ms: int) -> None:
        self.first_seen = self.clock = self.distinct_since = now_ms
        self.ring, self.ring_seen = NO_RING, NEVER
        self._bitmaps = bytes(2 * BITMAP_BYTES)

    @classmethod
    def decode(cls, data: bytes) -> PlaceRecord:
        record = cls.__new__(cls)
        version, record.first_seen, record.clock, record.distinct_since, record.ring, record.ring_seen = _HEAD.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"a record of graph.ring_entities has version {version}, this program reads {VERSION}: drop the savepoint")
        record._bitmaps = data[_HEAD.size :]
        return record

    def encode(self) -> bytes:
        head = _HEAD.pack(VERSION, self.first_seen, self.clock, self.distinct_since, self.ring, self.ring_seen)
        return head + self._bitmaps

    def meet(self, account: int, now_ms: int, window_ms: int) -> None:
        """Mark the account as met; the marks of the window before last fade."""
        windows = (now_ms - self.distinct_since) // window_ms
        if windows > 0:
            old = self._bitmaps[:BITMAP_BYTES] if windows == 1 else bytes(BITMAP_BYTES)
            self._bitmaps = bytes(BITMAP_BYTES) + old
            self.distinct_since += windows * window_ms
        at, bit = (account >> 3) % BITMAP_BYTES, 1 << (account & 7)
        if not self._bitmaps[at] & bit:
            self._bitmaps = b"".join((self._bitmaps[:at], bytes((self._bitmaps[at] | bit,)), self._bitmaps[at + 1 :]))
        self.first_seen, self.clock = min(self.first_seen, now_ms), max(self.clock, now_ms)

    def accounts(self) -> float:
        """Estimated distinct accounts, see `linear_count`."""
        now, before = (int.from_bytes(self._bitmaps[i : i + BITMAP_BYTES], "little") for i in (0, BITMAP_BYTES))
        return linear_count((now | before).bit_count())
