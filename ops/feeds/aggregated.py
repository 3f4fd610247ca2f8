"""Records of the Kinesis Producer Library that hold several events: taken apart.

Such a record is four magic bytes, a message of Protocol Buffers, and the MD5 of the message. Of the message
(`AggregatedRecord`) field 3 is a record, and of that field 3 the data; the other fields are keys and tags.
All events are taken, also where a key hashes into another shard: not every program that aggregates sends
those a second time, and the job leaves out an event that comes twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

MAGIC = b"\xf3\x89\x9a\xc2"
_MD5_BYTES = 16
_RECORDS = _DATA = 3
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of Protocol Buffers."""


def events_of(data: bytes) -> list[bytes]:
    """Return the events of a record, itself if it is no aggregated one.

    What only begins like one is handed on as it is, and the job rejects it with the reason.
    """
    message = data[len(MAGIC) : -_MD5_BYTES]
    if not data.startswith(MAGIC) or hashlib.md5(message, usedforsecurity=False).digest() != data[-_MD5_BYTES:]:
        return [data]
    try:
        return [_one(record, _DATA) for record in _fields(message, _RECORDS)]
    except (IndexError, ValueError):
        return [data]


def _one(message: bytes, wanted: int) -> bytes:
    (found,) = _fields(message, wanted)
    return found


def _fields(message: bytes, wanted: int) -> Iterator[bytes]:
    """Yield the values of one field of bytes. Raises IndexError or ValueError where the message is broken."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        begin, at = _value(message, at, tag & 7)
        if at > len(message):
            raise ValueError("the message is cut off")
        if tag >> 3 == wanted and tag & 7 == _BYTES:
            yield message[begin:at]


def _value(message: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return where a field's value begins and ends."""
    if kind == _BYTES:
        length, at = _varint(message, at)
        return at, at + length
    if kind == _VARINT:
        return at, _varint(message, at)[1]
    if kind in (_FIXED64, _FIXED32):
        return at, at + (8 if kind == _FIXED64 else 4)
    raise ValueError(f"{kind} is no wire type")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, seven bits a byte, the low ones first, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return number, at
        if shift > 63:
            raise ValueError("a number is longer than 64 bits")
