"""Entries that wait for a real server: in pipelines, each once, and nobody is kept waiting."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.backlog import AT_ONCE, Backlog
from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import WRITE
from ops.redis.stream_entry import StreamEntry
from ops.redis.writer import RedisStreamWriter, RedisWriteError
from tests.faults.slow_proxy import SlowProxy
from tests.support.redis_users import job_url

AWAY = "redis://127.0.0.1:1/0"
PREFIX = "shop:"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path) as server:
        yield server


def alert(number: int, size: int = 2) -> StreamEntry:
    return StreamEntry(f"e{number}", "order", "high", number, "x" * size)


def backlog(url: str, kept: dict[int, str] | None = None, **more: Any) -> Backlog:
    writer = RedisStreamWriter(url, PREFIX, 100_000, 60, timeout_s=1.0)
    return Backlog(writer, {} if kept is None else kept, **more)


def ids(server: EmbeddedRedis, stream: str = "alerts") -> list[str]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return [fields["id"] for _, fields in client.xrange(f"{PREFIX}{stream}")]


def test_a_storm_at_five_ms_of_round_trip_costs_less_than_two_seconds() -> None:
    """Counted as round trips and time of the processors, so that a busy machine changes nothing."""
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        address = server.url.removeprefix("redis://").split("/")[0].split(":")
        with SlowProxy((address[0], int(address[1]))) as proxy:
            proxy.delay_s = 0.005
            one, begun_s = backlog(f"redis://127.0.0.1:{proxy.port}/0"), time.process_time() + cpu_s(client)
            for number in range(5_000):
                one.add("alerts", alert(number, 1_500))
                if len(one) == AT_ONCE:
                    one.attempt()
            one.finish()
            cost_s = proxy.held_s + time.process_time() + cpu_s(client) - begun_s
        assert ids(server) == [f"e{number}" for number in range(5_000)]
    print(f"5,000 alerts at 5 ms: {cost_s:.2f} s, of which {proxy.held_s:.2f} s of the network")
    assert cost_s < 2, cost_s


def cpu_s(client: Any) -> float:
    used = client.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"])


def test_while_the_server_is_away_nothing_waits_and_nothing_is_lost(server: EmbeddedRedis, caplog: pytest.LogCaptureFixture) -> None:
    kept: dict[int, str] = {}
    one = backlog(server.url, kept)
    one.add("alerts", alert(0))
    assert [(done.entry.id, done.added) for done in one.attempt()] == [("e0", True)]
    server.stop()
    started = time.monotonic()
    for number in range(1, 2_001):
        one.add("alerts", alert(number))
        assert one.attempt() == []
    assert time.monotonic() - started < 20, "an attempt that waits does so until the server is back"
    assert one.is_away and len(one) == len(kept) == 2_000
    server.start()
    done = one.finish()
    assert [each.entry.id for each in done] == [f"e{number}" for number in range(1, 2_001)]
    assert all(each.added for each in done) and kept == {} and not one.is_away
    assert ids(server) == [f"e{number}" for number in range(2_001)]
    assert [record.getMessage().split(" (")[0].split(" after")[0] for record in caplog.records] == [
        "Redis takes no writes",
        "Redis takes writes again",
    ]


def test_what_was_kept_is_written_by_the_next_attempt_each_once(server: EmbeddedRedis) -> None:
    """A checkpoint was made before the entries were written, and one between."""
    kept: dict[int, str] = {}
    one = backlog(server.url, kept)
    for number in range(1_200):
        one.add("alerts", alert(number))
    before, signed = dict(kept), StreamEntry("s", "order", "low", 1, "{}", signature="k:ab", account="a")
    one.attempt()
    one.add("alerts", signed)
    after = dict(kept)
    assert len(after) == 1
    for restored, added in ((after, [True]), (before, [False] * 1_200)):
        again = backlog(server.url, restored)
        again.add("alerts", signed)
        done = again.finish()
        assert [each.added for each in done] == [*added, False]
        assert restored == {}
    assert ids(server) == [*(f"e{number}" for number in range(1_200)), "s"]


def test_a_lost_reply_is_not_written_twice(server: EmbeddedRedis) -> None:
    one = backlog(server.url)
    one.add("alerts", alert(0))
    one.attempt()
    os.kill(server.pid, signal.SIGSTOP)  # it has the pipeline when the attempt ends, and runs it later
    for number in range(1, 100):
        one.add("alerts", alert(number))
    assert one.attempt() == []
    os.kill(server.pid, signal.SIGCONT)
    assert all(done.added for done in one.finish()), "its own entries are not those of an earlier run"
    assert ids(server) == [f"e{number}" for number in range(100)]


def test_a_full_server_takes_the_rest_when_it_has_room(server: EmbeddedRedis) -> None:
    with redis.Redis.from_url(server.url) as client:
        one = backlog(server.url)
        for number in range(1_000):
            one.add("alerts", alert(number, 2_000))
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 500_000)
        written = [done.entry.id for done in one.attempt()]
        assert 0 < len(written) < 1_000 and one.is_away
        assert sorted(ids(server)) == sorted(written)
        client.config_set("maxmemory", 0)
        written += [done.entry.id for done in one.finish()]
    assert sorted(ids(server)) == sorted(written) == sorted(f"e{number}" for number in range(1_000))


def test_a_forgotten_script_is_taught_in_the_pipeline(server: EmbeddedRedis) -> None:
    one = backlog(server.url)
    for number in range(4):
        if number % 2 == 0:
            with redis.Redis.from_url(server.url) as client:
                client.script_flush()
        one.add("alerts", alert(number))
        one.add("alerts", alert(number))
        assert [done.added for done in one.attempt()] == [True, False]
    assert ids(server) == ["e0", "e1", "e2", "e3"]


def test_after_a_failure_pauses_grow_and_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    one = backlog(AWAY, longest_pause_s=3.0, clock=lambda: now[0])
    one.add("alerts", alert(0))
    pauses = []
    for _ in range(100):
        one.attempt()
        pauses.append(one.pause_s)
        assert one.attempt() == [] and one.pause_s == pauses[-1], "nothing is tried in between"
        now[0] += one.pause_s + 0.001
    assert 0.05 <= pauses[0] <= 0.1 and 1.5 <= pauses[-1] <= 3.0
    assert 3 <= len(caplog.records) <= 6, "said once a minute"


@pytest.mark.parametrize("is_forgiving", [False, True])
def test_a_server_that_refuses_ends_the_job_or_is_forgiven(server: EmbeddedRedis, is_forgiving: bool) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.set(f"{PREFIX}rejected", "somebody else's")
        one = backlog(server.url, is_forgiving=is_forgiving)
        one.add("rejected", alert(0))
        if not is_forgiving:
            with pytest.raises(RedisWriteError, match=r"WRONGTYPE.*redis\.prefix"):
                one.attempt()
            return
        assert one.attempt() == [] and one.is_away and len(one) == 1
        client.delete(f"{PREFIX}rejected")
    time.sleep(one.pause_s)
    assert [done.added for done in one.attempt()] == [True]


def test_the_documented_rights_are_enough(server: EmbeddedRedis) -> None:
    one = backlog(job_url(server.url, PREFIX, WRITE))
    for number in range(1_000):
        one.add("alerts", alert(number))
    assert len(one.attempt()) == 1_000


def test_a_server_that_may_be_away_is_asked_with_one_entry(server: EmbeddedRedis) -> None:
    now = [1000.0]
    one = backlog(server.url, clock=lambda: now[0])
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        for number in range(1_000):
            one.add("alerts", alert(number))
        assert one.attempt() == []
        client.config_resetstat()
        for _ in range(3):
            now[0] += 10
            assert one.attempt() == []
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == 3
        client.config_set("maxmemory", 0)
        now[0] += 10
        assert len(one.attempt()) == 1_000
    assert ids(server) == [f"e{number}" for number in range(1_000)]
