"""A real Redis-compatible server for the tests, one per test session.

RINGWATCH_TEST_REDIS_SERVER=PATH runs them against that redis-server or valkey-server instead of the embedded
one.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.settings import RedisSettings
from tests.support.job_process import SHARED_SERVERS

OTHER_SERVER = "RINGWATCH_TEST_REDIS_SERVER"
_COUNTER = itertools.count()

Add = Callable[..., str]


@pytest.fixture(scope="session", autouse=True)
def server_program() -> Iterator[None]:
    """Every embedded server of the tests runs the program of the environment, if that names one."""
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get(OTHER_SERVER):
            program = Path(os.environ[OTHER_SERVER]).resolve(strict=True)
            patch.setattr("ops.redis.embedded._server_program", lambda: program)
        yield


@pytest.fixture(scope="session")
def redis_server(server_program: None) -> Iterator[EmbeddedRedis]:
    """An empty server in memory that ends with the session."""
    with EmbeddedRedis() as server:
        SHARED_SERVERS.add(server.url)
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of the server, of a user who may do all.

    Rooms of tests have the user of what they test in its place: `tests.support.redis_users`.
    """
    return redis_server.url


@pytest.fixture
def stream_prefix() -> str:
    """A key prefix that no other test uses, so that tests can share the server."""
    return f"test{next(_COUNTER)}:"


@pytest.fixture
def redis_client(redis_server: EmbeddedRedis) -> Iterator[Any]:
    """A client of `redis_url` that answers in `str`, and may do all."""
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as client:
        yield client


@pytest.fixture
def add(redis_client: Any, stream_prefix: str) -> Add:
    """Adds a document to a stream as the job does; a str goes in as it is."""

    def add(stream: str, document: dict[str, Any] | str, entry_id: str = "x1") -> str:
        text = document if isinstance(document, str) else json.dumps(document)
        fields = {"id": entry_id, "type": "order", "severity": "high", "time": 1_714_564_803_000, "json": text}
        return str(redis_client.xadd(f"{stream_prefix}{stream}", fields))

    return add


@pytest.fixture
def redis_settings(redis_url: str, stream_prefix: str) -> RedisSettings:
    """Settings of streams of the test's own."""
    return RedisSettings(url=redis_url, prefix=stream_prefix)
