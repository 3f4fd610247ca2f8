"""Whether Redis is away, beside a job that waits for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ops.redis import watch
from ops.redis.embedded import EmbeddedRedis
from ops.redis.watch import RedisWatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_server_that_goes_and_comes_back(clock: list[float]) -> None:
    server = EmbeddedRedis()
    server.start()
    seen = RedisWatch(server.url, "x:")
    assert seen.away() == ""
    server.stop()
    assert seen.away() == "", "it asks once a second"
    clock[0] += 2
    assert "away for 0 s (" in seen.away()
    clock[0] += 30
    where = server.url.removeprefix("redis://").removesuffix("/0")
    assert seen.away().startswith(f"{where}, away for 30 s (Connection refused)")
    server.start()
    clock[0] += 2
    assert seen.away() == ""
    server.stop()


def test_a_server_that_refuses_us_is_there() -> None:
    with EmbeddedRedis() as server:
        import redis

        redis.Redis.from_url(server.url).config_set("requirepass", "sesame")
        assert RedisWatch(server.url, "x:").away() == ""


def test_the_node_that_is_dead_is_named_where_the_address_names_several() -> None:
    away = RedisWatch("redis://127.0.0.1:2,127.0.0.1:1/0", "x:").away()
    assert away == "127.0.0.1:2, 127.0.0.1:1, away for 0 s (127.0.0.1:1: Connection refused)"
