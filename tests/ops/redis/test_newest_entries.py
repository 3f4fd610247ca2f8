"""The newest entries of streams, in their order."""

from __future__ import annotations

from typing import Any

import pytest

from ops.redis.connection import RedisReadError
from ops.redis.newest_entries import newest_entries


@pytest.fixture
def entries(redis_client: Any, stream_prefix: str) -> list[str]:
    """3,000 entries in two streams by turns."""
    names = [(f"{number + 1}-{number % 2}", f"{stream_prefix}{'ab'[number % 3 % 2]}") for number in range(3000)]
    with redis_client.pipeline() as pipe:
        for entry_id, key in names:
            pipe.xadd(key, {"json": "{}"}, entry_id)
        pipe.execute()
    return [entry_id for entry_id, _ in names]


@pytest.mark.parametrize("most", [1, 7, 1000, 1500, 3000, 5000])
def test_as_many_as_are_asked_for(redis_url: str, stream_prefix: str, entries: list[str], most: int) -> None:
    found = newest_entries(redis_url, stream_prefix, ["a", "b", "none"], most)
    assert [entry.entry_id for entry in found] == entries[-most:]


def test_from_an_id_on(redis_url: str, stream_prefix: str, entries: list[str]) -> None:
    found = newest_entries(redis_url, stream_prefix, ["a", "b"], 5000, "2991")
    assert [entry.entry_id for entry in found] == entries[2990:]


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(RedisReadError, match="cannot be read"):
        newest_entries("redis://127.0.0.1:1", "x:", ["a"], 10, timeout_s=1.0)
