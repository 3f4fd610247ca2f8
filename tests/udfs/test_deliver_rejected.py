"""Rejected lines to Redis, once each, and no server that is away for them stops anything."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.settings import RedisSettings
from ops.secrets import control_keys

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs import deliver_rejected
    from udfs.deliver_rejected import DeliverRejected
    from udfs.junk_rate import JunkRate
    from udfs.metrics.run_counts import FOLDER, read_counts
from tests.support.operator_runtime import Graph, Runtime, Timers, entries, line, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def taken(operator: Any, timers: Timers, *documents: dict[str, Any]) -> None:
    for document in documents:
        assert list(operator.process_element(json.dumps(document), timers)) == []


def due(operator: Any, timers: Timers) -> None:
    """The timers of the machine's clock are due, one after the other."""
    timers.by_machine.clear()
    assert list(operator.on_timer(0, timers)) == []


def junk(count: int) -> list[dict[str, Any]]:
    return [{"field": "line", "reason": "line: no JSON", "bytes": 9, "raw": str(number), "rejected_at": 1} for number in range(count)]


def test_rejected_line_is_written_once_and_its_like_counted(
    redis_settings: RedisSettings, redis_client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    graph, timers = Graph(), Timers()
    for text in (b"{", b"{", b"{", b"[]", line(amount=-1)):
        graph.take(text)
    operator = opened(DeliverRejected(redis_settings), Runtime())
    taken(operator, timers, *graph.rejected)
    due(operator, timers)
    operator.close()
    found = entries(redis_client, redis_settings, "rejected")
    assert [entry["type"] for entry in found] == ["line", "line", "amount"]
    assert [json.loads(entry["json"])["raw"] for entry in found[:2]] == ["{", "[]"]
    assert read_counts(tmp_path)["known_rejected"] == {"known": 2}


def test_of_junk_a_share_is_written_and_what_is_waited_for_always(
    redis_settings: RedisSettings, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_rejected, "JunkRate", lambda: JunkRate(per_s=0.0, at_once=2))
    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverRejected(redis_settings), runtime)
    lines = junk(5)
    taken(operator, timers, *lines, {**lines[0], "raw": "control", "of": "control"}, {**lines[0], "field": "source", "bytes": 0})
    due(operator, timers)
    operator.close()
    found = [json.loads(entry["json"]) for entry in entries(redis_client, redis_settings, "rejected")]
    assert found[:2] == lines[:2] and len(found) == 4
    assert runtime.counts["rejected_unwritten"] == 3


def test_with_control_keys_the_entry_is_signed(redis_settings: RedisSettings, redis_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the tests, long enough")
    graph, timers = Graph(), Timers()
    graph.take(b"{")
    operator = opened(DeliverRejected(redis_settings, ("ops",)), Runtime())
    taken(operator, timers, graph.rejected[0])
    due(operator, timers)
    operator.close()
    [found] = entries(redis_client, redis_settings, "rejected")
    keys = control_keys(["ops"])
    assert keys and keys.holds_entry(f"{redis_settings.prefix}rejected", found["json"], found["signature"])


@pytest.fixture(params=["away", "refuses"])
def unwilling(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[EmbeddedRedis, str]]:
    """A server that takes no rejected line, for its own reason."""
    with EmbeddedRedis(tmp_path) as server:
        with redis.Redis.from_url(server.url) as client:
            if request.param == "refuses":
                client.set("shop:rejected", "somebody else's")
        yield server, request.param


def test_junk_waits_then_is_dropped_and_health_says_so(unwilling: tuple[EmbeddedRedis, str], monkeypatch: pytest.MonkeyPatch) -> None:
    server, how = unwilling
    settings = RedisSettings(url=server.url, prefix="shop:")
    if how == "away":
        server.stop()
    monkeypatch.setattr(deliver_rejected, "JunkRate", lambda: JunkRate(per_s=1e9, at_once=10_000))
    monkeypatch.setattr(deliver_rejected, "MOST", 50)
    monkeypatch.setattr(deliver_rejected, "LONGEST_PAUSE_S", 0.2)
    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverRejected(settings), runtime)
    refusals = [{**junk(1)[0], "raw": f"control {number}", "of": "control"} for number in range(3)]
    started = time.monotonic()
    taken(operator, timers, *junk(40))
    due(operator, timers)
    taken(operator, timers, *junk(5_000)[40:], *refusals)
    assert time.monotonic() - started < 2, "it waits for no server"
    assert runtime.counts["rejected_dropped"] == 4_950
    assert runtime.counts["redis_backlog"] == len(runtime.maps["waiting"].entries) == 53, "what is waited for has room of its own"
    if how == "away":
        server.start()
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        if how == "refuses":
            client.delete("shop:rejected")
        deadline = time.monotonic() + 60
        while timers.by_machine and time.monotonic() < deadline:
            time.sleep(0.05)
            due(operator, timers)
        assert [json.loads(entry["json"])["raw"] for entry in entries(client, settings, "rejected")] == [
            *(str(number) for number in range(50)),
            *(one["raw"] for one in refusals),
        ]
        [said] = entries(client, settings, "health")
    operator.close()
    document = json.loads(said["json"])
    assert (said["type"], said["severity"], document["kind"], document["lines"]) == ("lost", "high", "lost", 4_950)
    assert document["since"] <= document["until"]
    assert runtime.maps["waiting"].entries == {}


def test_at_the_end_of_the_stream_junk_waits_for_nobody() -> None:
    from pyflink.datastream import TimeDomain

    runtime, timers = Runtime(), Timers()
    operator = opened(DeliverRejected(RedisSettings(url="redis://127.0.0.1:1/0")), runtime)
    taken(operator, timers, *junk(3))
    timers.domain = TimeDomain.EVENT_TIME
    due(operator, timers)
    operator.close()
    assert len(runtime.maps["waiting"].entries) == 3
