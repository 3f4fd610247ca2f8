"""MurmurHash3 of 128 bits (x64, seed 0), by which Flink makes an operator's id of its uid."""

from __future__ import annotations

import struct

_ALL = 2**64 - 1
_FIRST, _SECOND = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3_128(data: bytes) -> bytes:
    """Return the 16 bytes of the hash, the lower half first, each half little-endian."""
    one = two = 0
    whole = len(data) // 16 * 16
    for first, second in struct.iter_unpack("<QQ", data[:whole]):
        one = ((_turned(one ^ _mixed_first(first), 27) + two) * 5 + 0x52DCE729) & _ALL
        two = ((_turned(two ^ _mixed_second(second), 31) + one) * 5 + 0x38495AB5) & _ALL
    if rest := data[whole:]:
        first, second = struct.unpack("<QQ", rest.ljust(16, b"\0"))
        one, two = one ^ _mixed_first(first), two ^ _mixed_second(second)
    one, two = _added(one ^ len(data), two ^ len(data))
    return struct.pack("<QQ", *_added(_ended(one), _ended(two)))


def _added(one: int, two: int) -> tuple[int, int]:
    one = (one + two) & _ALL
    return one, (two + one) & _ALL


def _mixed_first(part: int) -> int:
    return _turned(part * _FIRST & _ALL, 31) * _SECOND & _ALL


def _mixed_second(part: int) -> int:
    return _turned(part * _SECOND & _ALL, 33) * _FIRST & _ALL


def _ended(half: int) -> int:
    half = (half ^ half >> 33) * 0xFF51AFD7ED558CCD & _ALL
    half = (half ^ half >> 33) * 0xC4CEB9FE1A85EC53 & _ALL
    return half ^ half >> 33


def _turned(value: int, bits: int) -> int:
    """Return a value of 64 bits turned to the left."""
    return (value << bits | value >> 64 - bits) & _ALL
