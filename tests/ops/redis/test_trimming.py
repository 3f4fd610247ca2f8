"""What checkpoints still need of a stream stays, up to the hard limit, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ops.redis.trimming import NEEDED, TRIM

SOFT, HARD = 300, 1000
NODE = 100

Trim = Callable[[], tuple[int, int, str]]


@pytest.fixture
def stream(redis_client: Any, stream_prefix: str) -> str:
    """A stream of 2,000 entries, 1-0 to 2000-0."""
    key = f"{stream_prefix}events"
    with redis_client.pipeline(transaction=False) as pipe:
        for number in range(1, 2001):
            pipe.xadd(key, {"json": "{}"}, id=f"{number}-0")
        pipe.execute()
    return key


@pytest.fixture
def trim(redis_client: Any, stream_prefix: str, stream: str) -> Trim:
    def run() -> tuple[int, int, str]:
        left, dropped, slowest = redis_client.eval(TRIM, 2, stream, f"{stream_prefix}{NEEDED}", SOFT, HARD, 1000)
        return left, dropped, slowest

    return run


def first(client: Any, key: str) -> int:
    return int(client.xrange(key, count=1)[0][0].partition("-")[0])


def test_without_needs_the_soft_limit_holds(redis_client: Any, stream: str, trim: Trim) -> None:
    left, dropped, _ = trim()
    assert left == 2000 - redis_client.xlen(stream)
    assert SOFT <= redis_client.xlen(stream) <= SOFT + NODE
    assert not dropped


@pytest.mark.parametrize("field", ["", "#0"])
def test_what_a_checkpoint_needs_stays(redis_client: Any, stream_prefix: str, stream: str, trim: Trim, field: str) -> None:
    redis_client.hset(f"{stream_prefix}{NEEDED}", stream + field, "1200-0")
    assert trim()[1:] == (0, stream + field)
    assert 1200 - NODE <= first(redis_client, stream) <= 1201


def test_the_least_of_subtasks_and_groups_counts(redis_client: Any, stream_prefix: str, stream: str, trim: Trim) -> None:
    redis_client.hset(f"{stream_prefix}{NEEDED}", mapping={f"{stream}#0": "1900-0", f"{stream}#1": "1500-0"})
    redis_client.xgroup_create(stream, "team", id="1600-0")
    trim()
    assert 1500 - NODE <= first(redis_client, stream) <= 1501
    redis_client.xgroup_create(stream, "slow", id="0")
    redis_client.hset(f"{stream_prefix}{NEEDED}", f"{stream}#1", "1900-0")
    assert trim() == (0, 0, "slow")


def test_needs_of_another_stream_hold_back_nothing(redis_client: Any, stream_prefix: str, stream: str, trim: Trim) -> None:
    redis_client.hset(f"{stream_prefix}{NEEDED}", mapping={f"{stream}-2": "1-0", f"{stream[:-1]}": "1-0"})
    trim()
    assert redis_client.xlen(stream) <= SOFT + NODE


def test_a_job_that_completes_no_checkpoint_holds_back_the_hard_limit(
    redis_client: Any, stream_prefix: str, stream: str, trim: Trim
) -> None:
    redis_client.hset(f"{stream_prefix}{NEEDED}", stream, "0-0")
    left, dropped, slowest = trim()
    assert (left, slowest) == (dropped, stream)
    assert HARD <= redis_client.xlen(stream) <= HARD + NODE
