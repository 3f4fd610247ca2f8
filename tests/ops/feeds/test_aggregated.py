"""Aggregated records are taken apart; what only looks like one is handed on."""

from __future__ import annotations

import hashlib

import pytest

from ops.feeds.aggregated import MAGIC, events_of


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def packed(*events: bytes, tail: bytes = b"") -> bytes:
    """As the producer library writes it: table of keys, table of hash keys, records with a tag."""
    tag = field(4, field(1, b"tenant") + field(2, b"x"))
    records = b"".join(field(3, field(1, 0) + field(2, 300) + field(3, event) + tag) for event in events)
    return whole(field(1, b"alice") + field(2, b"17") + records + tail)


def whole(message: bytes) -> bytes:
    return MAGIC + message + hashlib.md5(message).digest()


def test_an_example_of_the_format() -> None:
    """From the documentation of a library that writes it."""
    data = bytes([243, 137, 154, 194, 10, 13, *b"partition_key", 26, 8, 8, 0, 26, 4, *b"data"])
    data += bytes([208, 54, 153, 218, 90, 34, 47, 163, 33, 8, 173, 27, 217, 85, 161, 78])
    assert events_of(data) == [b"data"]


def test_events_in_their_order_long_and_empty_ones() -> None:
    events = [b'{"a":1}', b"", b"x" * 70_000, MAGIC + b"inner"]
    assert events_of(packed(*events)) == events
    assert events_of(packed(*events, tail=varint(9 << 3 | 1) + b"12345678" + varint(9 << 3 | 5) + b"1234")) == events


@pytest.mark.parametrize("data", [b"", b'{"event_id":"e"}', MAGIC, MAGIC + b"x" * 40, packed(b"a")[:-1], packed(b"a") + b" "])
def test_another_record_is_one_event(data: bytes) -> None:
    assert events_of(data) == [data]


@pytest.mark.parametrize(
    "message", [b"\x1a", b"\x1a\x05ab", b"\x1b", field(3, field(1, 0)), field(3, b"\x1a\x09a"), b"\x80" * 12, field(3, field(3, b"a") * 2)]
)
def test_a_broken_message_is_handed_on_for_the_job_to_reject(message: bytes) -> None:
    assert events_of(whole(message)) == [whole(message)]
