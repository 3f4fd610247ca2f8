"""A failover: the name leads to another server, the one before still answers, but refuses to write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from ops.redis.connection import connect, patiently
from ops.redis.embedded import EmbeddedRedis
from ops.redis.writer import RedisStreamWriter, StreamEntry
from tests.faults.slow_proxy import SlowProxy

ALERT = StreamEntry(id="e1", type="order", severity="high", time=1_700_000_000_000, json='{"event_id": "e1"}')
PATIENCE_S = 10.0


class OutOfPatienceError(Exception):
    pass


def address(server: EmbeddedRedis) -> tuple[str, int]:
    parts = urlsplit(server.url)
    return str(parts.hostname), int(parts.port or 0)


class Pair:
    """Two servers and one name; `fail_over` makes the first a replica that reads only."""

    def __init__(self, first: EmbeddedRedis, second: EmbeddedRedis, name: SlowProxy) -> None:
        self.servers, self._name = (first, second), name
        self.url = f"redis://127.0.0.1:{name.port}/0"

    def fail_over(self) -> None:
        with redis.Redis.from_url(self.servers[0].url) as old:
            old.replicaof(*address(self.servers[1]))
        self._name.target = address(self.servers[1])

    def streams(self, stream: str) -> list[list[str]]:
        """The entries' ids in each server, once the replica has caught up."""
        found = []
        for server in self.servers:
            with redis.Redis.from_url(server.url, decode_responses=True) as client:
                found.append([fields["id"] for _, fields in client.xrange(stream)])
        return found


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Each server has a folder: a replica writes what it is sent to a file."""
    with EmbeddedRedis(tmp_path / "1") as first, EmbeddedRedis(tmp_path / "2") as second, SlowProxy(address(first)) as name:
        yield Pair(first, second, name)


def patience() -> Callable[[], None]:
    ends = time.monotonic() + PATIENCE_S

    def on_wait() -> None:
        if time.monotonic() > ends:
            raise OutOfPatienceError("it stayed with the server before")

    return on_wait


def test_a_writer_goes_on_with_the_server_that_took_over(pair: Pair, stream_prefix: str) -> None:
    writer = RedisStreamWriter(pair.url, stream_prefix, 1000, 60, on_wait=patience())
    assert writer.write("alerts", ALERT)
    assert pair.streams(f"{stream_prefix}alerts") == [["e1"], []]
    pair.fail_over()
    assert writer.write("alerts", StreamEntry(**{**vars(ALERT), "id": "e2"}))
    writer.close()
    assert writer.retries > 0, "the server before refused it first"
    assert pair.streams(f"{stream_prefix}alerts")[1] == ["e2"]


def test_a_reader_goes_on_with_the_server_that_took_over(pair: Pair, stream_prefix: str) -> None:
    key, go_on = f"{stream_prefix}seen", patience()
    reopened: list[str] = []

    def reopen() -> None:
        go_on()
        reopened.append(key)

    with connect(pair.url, stream_prefix, 5.0) as client:
        client.set(key, "first")
        pair.fail_over()
        assert patiently(client, lambda: client.set(key, "second"), reopen)
    with redis.Redis.from_url(pair.servers[1].url, decode_responses=True) as second:
        assert second.get(key) == "second"
    assert reopened, "the server before refused it first"
