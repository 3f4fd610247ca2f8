"""A real Redis-compatible server for the tests, one per test session."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from ops.embedded_redis import EmbeddedRedis

_COUNTER = itertools.count()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of an empty server in memory that ends with the session."""
    with EmbeddedRedis() as server:
        yield server.url


@pytest.fixture
def stream_prefix() -> str:
    """A key prefix that no other test uses, so that tests can share the server."""
    return f"test{next(_COUNTER)}:"


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Any]:
    """A client of `redis_url` that answers in `str`."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client
