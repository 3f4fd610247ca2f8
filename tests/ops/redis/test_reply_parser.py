"""Replies of Redis, in whatever pieces they come."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import AuthenticationError, ConnectionError, InvalidResponse, NoScriptError

from ops.redis.reply_parser import ReplyParser

VALUES = st.recursive(
    st.one_of(st.none(), st.integers(-(1 << 63), (1 << 63) - 1), st.binary(max_size=30)),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


def sent(value: Any) -> bytes:
    """A value as the server writes it."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, bytes):
        return b"$%d\r\n%s\r\n" % (len(value), value)
    return b"*%d\r\n%s" % (len(value), b"".join(map(sent, value)))


def parsed(pieces: list[bytes], count: int) -> list[Any]:
    """So many replies out of a stream that comes in pieces and then ends."""

    async def run() -> list[Any]:
        stream = asyncio.StreamReader()
        parser = ReplyParser(1)
        parser.on_connect(SimpleNamespace(_reader=stream))

        async def feed() -> None:
            for piece in pieces:
                stream.feed_data(piece)
                await asyncio.sleep(0)
            stream.feed_eof()

        feeding = asyncio.create_task(feed())
        found = [await parser.read_response() for _ in range(count)]
        await feeding
        return found

    return asyncio.run(run())


@given(st.lists(VALUES, max_size=4), st.data())
def test_replies_are_the_same_however_they_are_cut(values: list[Any], data: st.DataObject) -> None:
    text = b"".join(map(sent, values))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    bounds = [0, *cuts, len(text)]
    pieces = [text[first:last] for first, last in pairwise(bounds) if last > first]
    assert parsed(pieces, len(values)) == values


def test_errors_are_values_but_for_those_that_end_a_connection() -> None:
    [ok, error, none] = parsed([b"+OK\r\n-NOSCRIPT No matching script\r\n*-1\r\n"], 3)
    assert (ok, type(error), none) == (b"OK", NoScriptError, None)
    [[inner, number]] = parsed([b"*2\r\n-ERR in a list\r\n:1\r\n"], 1)
    assert (str(inner), number) == ("in a list", 1)
    with pytest.raises(AuthenticationError):
        parsed([b"-NOAUTH Authentication required.\r\n"], 1)


@pytest.mark.parametrize(("text", "error"), [(b"$5\r\nab", ConnectionError), (b"", ConnectionError), (b"!x\r\n", InvalidResponse)])
def test_a_stream_that_ends_or_holds_something_else(text: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        parsed([text] if text else [], 1)
