"""Rejected lines of a day, from the stream of a real server."""

from __future__ import annotations

from typing import Any

import pytest

from domain.json_text import as_json
from domain.times import DAY_MS
from ops.digest.day import day_of
from ops.digest.drift import AWAY
from ops.digest.rejected import rejected_of
from ops.redis.embedded import EmbeddedRedis
from ops.redis.signed_entries import SignedEntries
from tests.support.digest_samples import DAYS, NOW
from tests.support.redis_users import url_of

DAY = day_of(DAYS[1], NOW)
ALL = SignedEntries(None, "")


@pytest.fixture(scope="module", params=["service", "reader"])
def redis_url(redis_server: EmbeddedRedis, request: pytest.FixtureRequest) -> str:
    """The address of the server, of those who make digests: the service's worker, and `ringwatch digest`."""
    return url_of(redis_server, request.param)


def add(client: Any, prefix: str, at: int, field: str, **more: str) -> None:
    document = {"field": field, "reason": f"{field}: is wrong", "bytes": 9, "raw": "", "rejected_at": at, **more}
    client.xadd(f"{prefix}rejected", {"json": as_json(document)}, id=f"{at}-*")


def test_they_are_counted_by_field(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    assert rejected_of(redis_url, stream_prefix, ALL, DAY) == {}
    add(redis_client, stream_prefix, DAY.start - 1, "amount")
    for number in range(1500):
        add(redis_client, stream_prefix, DAY.start + number, "event_time" if number % 3 else "amount")
    add(redis_client, stream_prefix, DAY.before - 1, "id", of="control")
    for number in range(9):
        add(redis_client, stream_prefix, DAY.before - 1, f"f{number}")
    add(redis_client, stream_prefix, DAY.before, "amount")
    found = rejected_of(redis_url, stream_prefix, ALL, DAY)
    assert found == {"event_time": 1000, "amount": 500, **{f"f{number}": 1 for number in range(6)}, "others": 3}


def test_what_the_stream_has_lost_is_unknown(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    for at in (DAY.start - 1, DAY.start, DAY.before - 1):
        add(redis_client, stream_prefix, at, "amount")
    redis_client.xtrim(f"{stream_prefix}rejected", maxlen=2, approximate=False)
    assert rejected_of(redis_url, stream_prefix, ALL, DAY) == "the stream rejected no longer has all of this day"
    later = day_of(DAYS[2], NOW + DAY_MS)
    add(redis_client, stream_prefix, later.start, "line")
    assert rejected_of(redis_url, stream_prefix, ALL, later) == {"line": 1}


def test_a_server_that_is_away_is_said() -> None:
    assert rejected_of("redis://127.0.0.1:1/0", "p:", ALL, DAY) == AWAY
