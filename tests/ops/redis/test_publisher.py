"""Lines into a stream: each once, in their order, and how far a job is behind."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import ConnectionError

from ops.redis import publisher
from ops.redis.connection import RedisWriteError
from ops.redis.embedded import EmbeddedRedis
from ops.redis.foreign_writes import writable
from ops.redis.permissions import sender_rule
from ops.redis.publisher import MOST_BYTES, MOST_LINES, Publisher
from tests import ROOT
from tests.support.redis_users import narrow_url


def lines_in(client: Any, key: str) -> list[str]:
    return [fields["json"] for _, fields in client.xrange(key)]


def numbered(first: int, count: int) -> list[bytes]:
    return [b'{"n":%d}' % number for number in range(first, first + count)]


@pytest.fixture
def events(redis_url: str, stream_prefix: str) -> Publisher:
    return Publisher(redis_url, stream_prefix, (f"{stream_prefix}events",))


def test_lines_are_there_in_their_order(events: Publisher, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    lines = [*numbered(0, 3 * MOST_LINES + 7), "größer \udcff".encode("utf-8", "surrogateescape"), b""]
    events.send(lines[:5])
    events.send(lines[5:])
    events.send(())
    events.close()
    with redis.Redis.from_url(redis_url) as raw:
        assert [fields[b"json"] for _, fields in raw.xrange(f"{stream_prefix}events")] == lines
    assert events.length == len(lines)
    assert not redis_client.exists(f"{stream_prefix}published")


def test_a_batch_is_bounded_in_lines_and_bytes() -> None:
    long = b"x" * (MOST_BYTES // 3)
    assert [len(batch) for batch in publisher._batches([long] * 7)] == [3, 3, 1]
    assert [len(batch) for batch in publisher._batches(numbered(0, 2 * MOST_LINES + 1))] == [MOST_LINES, MOST_LINES, 1]
    assert [len(batch) for batch in publisher._batches([b"x" * (2 * MOST_BYTES), b"y"])] == [1, 1]


def test_partitions_keep_the_order_of_their_own(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    keys = tuple(f"{stream_prefix}events:{number}" for number in range(3))
    sender = Publisher(redis_url, stream_prefix, keys, lambda line: int(line[5:-1]) % 3)
    sender.send(numbered(0, 100))
    for number, key in enumerate(keys):
        assert lines_in(redis_client, key) == [line.decode() for line in numbered(0, 100)[number::3]]


def test_a_batch_whose_reply_was_lost_is_there_once(
    events: Publisher, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, lost = events._run, []

    def loses_every_second(words: tuple[object, ...]) -> Any:
        reply = run(words)
        if len(lost) % 2 == 0:
            lost.append(words)
            raise ConnectionError("reset")
        lost.append(None)
        return reply

    monkeypatch.setattr(events, "_run", loses_every_second)
    for first in range(0, 50, 10):
        events.send(numbered(first, 10))
    assert lines_in(redis_client, f"{stream_prefix}events") == [line.decode() for line in numbered(0, 50)]


def test_the_lag_is_what_lies_after_what_checkpoints_need(events: Publisher, redis_client: Any, stream_prefix: str) -> None:
    key, needed = f"{stream_prefix}events", f"{stream_prefix}needed"
    for number in range(5):
        redis_client.xadd(key, {"json": str(number)})
    events.send(numbered(0, 10))
    assert events.lag() is None, "nobody reads"
    ids = [entry_id for entry_id, _ in redis_client.xrange(key)]
    for position, lag in (("0-0", 15), (ids[-1], 0)):
        redis_client.hset(needed, key, position)
        events.look()
        assert events.lag() == lag
    events.send(numbered(10, 10))
    assert events.lag() == 10
    redis_client.hset(needed, f"{key}#1", ids[0])
    events.look()
    assert events.lag() == 25, "the least of several subtasks counts, by whole batches"
    redis_client.delete(needed)
    redis_client.hset(needed, f"{stream_prefix}events-of-another", ids[0])
    events.look()
    assert events.lag() is None


def test_a_publisher_that_runs_for_long_remembers_its_latest_batches(
    events: Publisher, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_MOST_BATCHES", 3)
    for number in range(10):
        events.send(numbered(number, 1))
    (part,) = events._parts
    assert (len(part._ids), len(part._sent)) == (3, 3)
    ids = [entry_id for entry_id, _ in redis_client.xrange(f"{stream_prefix}events")]
    for read, lag in ((8, 2), (2, 10), (10, 0)):
        redis_client.hset(f"{stream_prefix}needed", f"{stream_prefix}events", ids[read - 1])
        events.look()
        assert events.lag() == lag


def test_a_server_that_comes_back_has_each_line_once(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        sender = Publisher(server.url, "t:", ("t:events",))
        sender.send(numbered(0, 100))
        port = int(server.url.split(":")[2].split("/")[0])
        server.stop()
        waited: list[bool] = []
        sender._on_wait = lambda: waited.append(sender.waiting)
        thread = threading.Thread(target=lambda: sender.send(numbered(100, 900)))
        thread.start()
        time.sleep(0.4)
        with EmbeddedRedis(tmp_path, port) as again:
            thread.join(20)
            with redis.Redis.from_url(again.url, decode_responses=True) as client:
                assert lines_in(client, "t:events") == [line.decode() for line in numbered(0, 1000)]
        assert waited and all(waited) and not sender.waiting


def test_waiting_ends_as_its_owner_wishes() -> None:
    def enough() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Publisher("redis://127.0.0.1:1/0", "t:", ("t:events",), on_wait=enough).send([b"x"])


def test_a_stream_that_is_none_is_refused_with_the_mend(events: Publisher, redis_client: Any, stream_prefix: str) -> None:
    redis_client.set(f"{stream_prefix}events", "text")
    with pytest.raises(RedisWriteError, match="WRONGTYPE"):
        events.send([b"x"])


def test_who_sends_events_by_the_documented_rule_writes_no_other_stream() -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as admin:
        url = narrow_url(server, sender_rule("sender", "t:", "events"))
        admin.hset("t:needed", "t:events", "0-0")
        sender = Publisher(url, "t:", ("t:events",))
        sender.send(numbered(0, 3))
        assert (sender.lag(), lines_in(admin, "t:events")) == (3, [line.decode() for line in numbered(0, 3)])
        sender.close()
        assert not admin.exists("t:published")
        assert writable(url, "t:", ("events", "labels", "control", "alerts", "decisions")) == ["events"]
        for forbidden in ("'HSET', KEYS[1], 't:events', '9-0'", "'XADD', 't:labels', '*', 'json', '{}'"):
            with redis.Redis.from_url(url) as client, pytest.raises(redis.exceptions.RedisError):
                client.eval(f"return redis.call({forbidden})", 1, "t:needed")
        assert (admin.hgetall("t:needed"), admin.exists("t:labels")) == ({"t:events": "0-0"}, 0)
    page = " ".join((ROOT / "docs" / "operate.md").read_text(encoding="utf-8").replace("\\\n", " ").split())
    assert sender_rule("sender", "ringwatch:", "events") in page


@pytest.mark.parametrize("partitions", [1, 4])
def test_fifty_thousand_lines_a_second(partitions: int, redis_url: str, stream_prefix: str) -> None:
    """Half of it here, for the machine may be busy."""
    keys = tuple(f"{stream_prefix}events:{number}" for number in range(partitions))
    sender = Publisher(redis_url, stream_prefix, keys, lambda line: line[-2] % partitions)
    lines = [line + b" " * 500 for line in numbered(0, 20_000)]
    began = time.monotonic()
    for first in range(0, len(lines), MOST_LINES):
        sender.send(lines[first : first + MOST_LINES])
    assert len(lines) / (time.monotonic() - began) > 25_000 / partitions**0.5
