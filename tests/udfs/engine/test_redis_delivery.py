"""What the writing operators tell Flink: counters that follow the writer, and an end of the wait when the
task is cancelled.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.settings import RedisSettings
from ops.redis.writer import RedisWriteError, StreamEntry
from udfs.engine.redis_delivery import RedisDelivery


class Metrics:
    """RuntimeContext and metric group; `highest` what each counter once showed."""

    def __init__(self) -> None:
        self.shown: defaultdict[str, int] = defaultdict(int)
        self.highest: defaultdict[str, int] = defaultdict(int)

    def get_metrics_group(self) -> Metrics:
        return self

    def counter(self, name: str) -> Any:
        def inc(by: int) -> None:
            self.shown[name] += by
            self.highest[name] = max(self.highest[name], self.shown[name])

        return SimpleNamespace(inc=inc)


def entry(number: int) -> StreamEntry:
    return StreamEntry(f"e{number}", "order", "high", number, "{}")


def test_counters_follow_the_writer_through_a_wait(stream_prefix: str, tmp_path: Path) -> None:
    metrics = Metrics()
    server = EmbeddedRedis(tmp_path)
    with ThreadPoolExecutor(1) as task, server:
        delivery = RedisDelivery(RedisSettings(url=server.url, prefix=stream_prefix), metrics)  # type: ignore[arg-type]
        assert [delivery.write("alerts", entry(number)) for number in (1, 2, 1)] == [True, True, False]
        assert metrics.shown == {"redis_written": 2, "redis_repeated": 1}
        server.stop()
        waiting = task.submit(delivery.write, "alerts", entry(3))
        while metrics.shown["redis_waiting_s"] < 1:
            assert not waiting.done()
            time.sleep(0.02)
        server.start()
        assert waiting.result()
        delivery.close()
    assert metrics.shown["redis_written"] == 3
    assert metrics.shown["redis_retries"] > 1
    assert metrics.shown["redis_waiting_s"] == 0


def test_dropped_unread_entries_are_counted(redis_url: str, redis_client: redis.Redis, stream_prefix: str) -> None:
    metrics = Metrics()
    redis_client.xgroup_create(f"{stream_prefix}alerts", "forgotten", id="0", mkstream=True)
    settings = RedisSettings(url=redis_url, prefix=stream_prefix, max_length=100, hard_max_length=200)
    delivery = RedisDelivery(settings, metrics)  # type: ignore[arg-type]
    for number in range(1000):
        delivery.write("alerts", entry(number))
    delivery.close()
    assert metrics.shown["redis_dropped_unread"] == 1000 - redis_client.xlen(f"{stream_prefix}alerts") > 600


def test_cancelled_task_stops_waiting(monkeypatch: pytest.MonkeyPatch, stream_prefix: str) -> None:
    """A stand-in for the JVM's thread, which only thread mode has."""
    interrupted = iter([False, False, True])
    thread = SimpleNamespace(isInterrupted=lambda: next(interrupted))
    jvm = ModuleType("pemja")
    jvm.findClass = lambda name: SimpleNamespace(currentThread=lambda: thread)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pemja", jvm)
    monkeypatch.setitem(sys.modules, "_pemja", jvm)
    metrics = Metrics()
    delivery = RedisDelivery(RedisSettings(url="redis://127.0.0.1:1/0", prefix=stream_prefix), metrics)  # type: ignore[arg-type]
    with pytest.raises(RedisWriteError, match="cancelled"):
        delivery.write("alerts", entry(1))
    assert metrics.shown["redis_retries"] == 2
