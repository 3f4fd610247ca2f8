"""The writer against a real server: each entry once, whatever dies, fills up or comes again."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.embedded import EmbeddedRedis, EmbeddedRedisError
from ops.redis.writer import RedisStreamWriter, RedisWriteError, StreamEntry

ALERT = StreamEntry(id="e1", type="order", severity="high", time=1_700_000_000_000, json='{"event_id": "e1"}')
INCIDENT = replace(ALERT, id="r1", type="incident", revision=1, action="block", headline="One device, 14 accounts")

Writer = Callable[..., RedisStreamWriter]


class OutOfPatienceError(Exception):
    pass


def patience(seconds: float) -> Callable[[], None]:
    """An `on_wait` that ends the waiting after so long."""
    ends = time.monotonic() + seconds

    def on_wait() -> None:
        if time.monotonic() > ends:
            raise OutOfPatienceError

    return on_wait


@pytest.fixture
def writer(redis_url: str, stream_prefix: str) -> Iterator[Writer]:
    """Makes writers to `redis_url` that are closed when the test ends."""
    made: list[RedisStreamWriter] = []

    def make(url: str = redis_url, max_length: int = 100_000, dedupe_ttl_s: int = 60, **more: Any) -> RedisStreamWriter:
        made.append(RedisStreamWriter(url, stream_prefix, max_length, dedupe_ttl_s, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def ids(client: Any, stream: str) -> list[str]:
    return [fields["id"] for _, fields in client.xrange(stream)]


def alerts(count: int) -> list[StreamEntry]:
    return [replace(ALERT, id=f"e{i}") for i in range(count)]


def test_entry_has_the_fields_of_the_contract(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    one = writer()
    assert one.write("alerts", ALERT)
    assert one.write("incidents", INCIDENT)
    [(_, alert)] = redis_client.xrange(f"{stream_prefix}alerts")
    [(_, incident)] = redis_client.xrange(f"{stream_prefix}incidents")
    assert alert == {"id": "e1", "type": "order", "severity": "high", "time": "1700000000000", "json": ALERT.json}
    assert incident == {
        **alert,
        "id": "r1",
        "type": "incident",
        "revision": "1",
        "action": "block",
        "headline": "One device, 14 accounts",
    }


def test_same_id_and_revision_is_written_once(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    first, restarted = writer(), writer()
    assert [first.write("alerts", ALERT), first.write("alerts", ALERT), restarted.write("alerts", ALERT)] == [
        True,
        False,
        False,
    ]
    revisions = [INCIDENT, replace(INCIDENT, revision=2), INCIDENT]
    assert [restarted.write("incidents", entry) for entry in revisions] == [True, True, False]
    assert restarted.write("rejected", ALERT), "streams do not share their ids"
    assert ids(redis_client, f"{stream_prefix}alerts") == ["e1"]
    assert ids(redis_client, f"{stream_prefix}incidents") == ["r1", "r1"]
    assert (restarted.written, restarted.repeated, restarted.retries) == (3, 2, 0)


def test_a_stream_in_the_place_of_a_marker_hides_no_entry(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    for stream, entry in (("alerts", ALERT), ("incidents", INCIDENT)):
        redis_client.xgroup_create(entry.marker(stream_prefix, stream), "g", mkstream=True)
        assert [writer().write(stream, entry) for _ in range(2)] == [True, False]
        assert ids(redis_client, f"{stream_prefix}{stream}") == [entry.id]


def test_ten_thousand_repeats_add_nothing(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    one = writer()
    for entry in alerts(100) * 101:
        one.write("alerts", entry)
    assert ids(redis_client, f"{stream_prefix}alerts") == [f"e{i}" for i in range(100)]
    assert (one.written, one.repeated) == (100, 10_000)


def test_markers_expire(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    one = writer(dedupe_ttl_s=1)
    assert one.write("alerts", ALERT)
    assert not one.write("alerts", ALERT)
    assert 0 < redis_client.pttl(f"{stream_prefix}seen:alerts:e1") <= 1000
    time.sleep(1.1)
    assert redis_client.keys(f"{stream_prefix}seen:*") == []
    assert one.write("alerts", ALERT)


def test_markers_of_rejected_lines_live_an_hour_at_most(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    writer(dedupe_ttl_s=7 * 86_400).write("rejected", ALERT)
    assert 3_500_000 < redis_client.pttl(f"{stream_prefix}seen:rejected:e1") <= 3_600_000
    writer(dedupe_ttl_s=7 * 86_400).write("alerts", ALERT)
    assert redis_client.pttl(f"{stream_prefix}seen:alerts:e1") > 6 * 86_400_000


def test_one_round_trip_per_write(writer: Writer) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        one = writer(server.url)
        one.write("alerts", ALERT)  # connects, teaches the server the script, looks at the groups
        client.config_resetstat()
        for entry in alerts(50):
            one.write("alerts", entry)
        calls = {name.removeprefix("cmdstat_"): said["calls"] for name, said in client.info("commandstats").items()}
    calls.pop("config|resetstat")
    assert calls == {"evalsha": 50, "exists": 50, "xadd": 49, "set": 49, "getrange": 1}, "the others inside the script"


def test_groups_are_looked_at_every_hundred_writes(writer: Writer) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        one = writer(server.url)
        for entry in alerts(500):
            one.write("alerts", entry)
        stats = client.info("commandstats")
    assert (stats["cmdstat_xinfo|groups"]["calls"], stats["cmdstat_xtrim"]["calls"]) == (5, 5)


def test_forgotten_script_is_sent_again(writer: Writer, redis_client: Any) -> None:
    one = writer()
    one.write("alerts", ALERT)
    redis_client.script_flush()
    assert not one.write("alerts", ALERT)
    assert one.write("alerts", replace(ALERT, id="e2"))
    assert one.retries == 0


def test_unconnected_writer_can_be_shipped(redis_url: str, stream_prefix: str) -> None:
    shipped = pickle.loads(pickle.dumps(RedisStreamWriter(redis_url, stream_prefix, 10, 60)))
    assert shipped.write("alerts", ALERT)
    shipped.close()


def test_half_a_surrogate_pair_is_written(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    assert writer().write("rejected", replace(ALERT, json='{"raw": "\ud800"}'))
    [(_, fields)] = redis_client.xrange(f"{stream_prefix}rejected")
    assert fields["json"] == '{"raw": "\\ud800"}'


def test_killed_server_loses_and_repeats_nothing(
    writer: Writer, stream_prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = EmbeddedRedis(tmp_path)
    one = writer(server.start().url, on_wait=patience(60))
    written: list[StreamEntry] = []

    def write() -> None:
        """Write until the server has died in a write and come back, then a thousand more."""
        beyond = 0
        while beyond < 1000:
            written.append(replace(ALERT, id=f"e{len(written)}"))
            one.write("alerts", written[-1])
            beyond += one.retries > 0
            assert len(written) < 1_000_000, "the server did not die"

    with ThreadPoolExecutor(1) as job:
        writing = job.submit(write)
        while one.written < 200 and not writing.done():
            time.sleep(0.001)
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        while not one.retries and not writing.done():
            time.sleep(0.001)
        with server, redis.Redis.from_url(server.url, decode_responses=True) as client:
            writing.result()
            for entry in written:  # the job restarts from a checkpoint before the first alert
                assert not one.write("alerts", entry)
            assert ids(client, f"{stream_prefix}alerts") == [f"e{i}" for i in range(len(written))]
    assert len(written) >= 1200
    assert [record.getMessage().split(" (")[0].split(" after")[0] for record in caplog.records] == [
        f"Redis at {server.url[8:-2]} takes no writes",
        f"Redis at {server.url[8:-2]} takes writes again",
    ]


def test_lost_reply_is_not_written_twice(writer: Writer) -> None:
    """The server has the command when the writer's patience ends, and runs it later, besides the retry."""
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        one = writer(server.url, timeout_s=0.2)
        one.write("alerts", ALERT)
        os.kill(server.pid, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as job:
            writing = job.submit(one.write, "alerts", replace(ALERT, id="e2"))
            time.sleep(0.5)
            os.kill(server.pid, signal.SIGCONT)
            writing.result()
        assert one.retries > 0
        assert len(ids(client, client.keys("*alerts")[0])) == 2
        assert (one.written, one.repeated) == (2, 0), "its own entry is not one of an earlier run"
        assert not one.write("alerts", replace(ALERT, id="e2")), "and no other write's"


def test_full_server_loses_nothing(writer: Writer, stream_prefix: str) -> None:
    document = "x" * 2000
    entries = [replace(entry, json=document) for entry in alerts(1000)]
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 500_000)
        one = writer(server.url, on_wait=patience(0.3))
        with pytest.raises(OutOfPatienceError):
            for entry in entries:
                one.write("alerts", entry)
        written = ids(client, f"{stream_prefix}alerts")
        assert 0 < len(written) == one.written < 1000
        assert len(client.keys(f"{stream_prefix}seen:*")) == len(written), "no marker without an entry"
        client.config_set("maxmemory", 0)
        one = writer(server.url)
        for entry in entries:
            one.write("alerts", entry)
        assert ids(client, f"{stream_prefix}alerts") == [entry.id for entry in entries]


def test_full_server_that_gets_room_is_written_to(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        one = writer(server.url)
        with ThreadPoolExecutor(1) as job:
            writing = job.submit(one.write, "alerts", ALERT)
            time.sleep(0.3)
            client.config_set("maxmemory", 0)
            assert writing.result()
    assert one.retries > 0
    assert len(caplog.records) == 2


def test_refused_append_leaves_no_marker(writer: Writer, redis_client: Any, stream_prefix: str) -> None:
    redis_client.set(f"{stream_prefix}alerts", "somebody else's")
    one = writer()
    with pytest.raises(RedisWriteError, match=r"refuses to write .*WRONGTYPE.*redis\.prefix"):
        one.write("alerts", ALERT)
    redis_client.delete(f"{stream_prefix}alerts")
    assert one.write("alerts", ALERT)
    assert one.retries == 0


def test_refused_marker_leaves_no_entry(writer: Writer, stream_prefix: str) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.acl_setuser("job", enabled=True, passwords="+pa55", commands=["+@all", "-set"], keys="*")
        one = writer(server.url.replace("//", "//job:pa55@"))
        for _ in range(2):
            with pytest.raises(RedisWriteError, match="permissions") as raised:
                one.write("alerts", ALERT)
            assert "pa55" not in str(raised.value)
        assert client.xlen(f"{stream_prefix}alerts") == 0
        client.acl_setuser("job", commands=["+set"])
        assert one.write("alerts", ALERT)


@pytest.mark.parametrize("command", ["xinfo|groups", "xtrim", "xlen"])
def test_missing_permission_to_trim_shows_at_the_first_write(writer: Writer, stream_prefix: str, command: str) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.acl_setuser("job", enabled=True, passwords="+pa55", commands=["+@all", f"-{command}"], keys="*")
        url = server.url.replace("//", "//job:pa55@")
        for one in (writer(url), writer(url)):  # the job as it starts again
            with pytest.raises(RedisWriteError, match="permissions"):
                one.write("alerts", ALERT)
        client.acl_setuser("job", enabled=True, commands=[f"+{command}"])
        assert not writer(url).write("alerts", ALERT)
        assert client.xlen(f"{stream_prefix}alerts") == 1, "written once, whatever failed after it"


def test_dead_server_is_waited_for_and_the_password_hidden(writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    one = writer("redis://user:pa55@127.0.0.1:1/0", on_wait=patience(0.4))
    started = time.monotonic()
    with pytest.raises(OutOfPatienceError):
        one.write("alerts", ALERT)
    assert 0.4 <= time.monotonic() - started < 2
    assert one.retries >= 2
    [record] = caplog.records
    assert record.getMessage().startswith("Redis at 127.0.0.1:1 takes no writes (")
    assert record.getMessage().endswith("; the job waits, 0 s so far.")
    assert "pa55" not in caplog.text


def test_long_wait_is_told_each_minute(writer: Writer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(1000.0, 7.0)  # seconds pass quickly
    monkeypatch.setattr("ops.redis.writer.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("ops.redis.writer.time.sleep", lambda s: None)
    waited: list[int] = []

    def on_wait() -> None:
        waited.append(one.waiting_s)
        if one.waiting_s > 190:
            raise OutOfPatienceError

    one = writer("redis://127.0.0.1:1/0", on_wait=on_wait)
    with pytest.raises(OutOfPatienceError):
        one.write("alerts", ALERT)
    assert waited == list(range(0, 197, 7))
    assert one.waiting_s == 0
    assert [int(record.getMessage().split(", ")[-1].split()[0]) for record in caplog.records] == [0, 63, 126, 189]


def test_wrong_password_is_not_retried(writer: Writer) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        client.acl_setuser("job", enabled=True, passwords="+right", commands=["+@all"], keys="*")
        one = writer(server.url.replace("//", "//job:wr0ng@"))
        with pytest.raises(RedisWriteError, match=r"password.* RINGWATCH_REDIS_URL\.$") as raised:
            one.write("alerts", ALERT)
    assert one.retries == 0
    assert "wr0ng" not in str(raised.value)


@pytest.mark.parametrize("url", ["localhost:6379", "http://user:pa55@host", "redis://:pa55/word@host", "redis://:pa55@host?colour=red"])
def test_bad_address_is_named_without_its_password(writer: Writer, url: str) -> None:
    with pytest.raises(RedisWriteError, match=r"The setting redis\.url is no address") as raised:
        writer(url).write("alerts", ALERT)
    assert "pa55" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_embedded_server_keeps_its_data(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / "data")
    for expected in (None, b"1"):
        with server, redis.Redis.from_url(server.url) as client:
            assert client.get("key") == expected
            assert client.config_get("appendfsync") == {"appendfsync": "always"}, "others may answer before they write"
            client.set("key", "1")
    with pytest.raises(EmbeddedRedisError, match="not running"):
        _ = server.pid


def test_embedded_server_is_ready_when_its_data_is_loaded(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    with server, redis.Redis.from_url(server.url) as client, client.pipeline(transaction=False) as pipeline:
        for i in range(100_000):
            pipeline.set(f"key{i}", "x" * 50)
        pipeline.execute()
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("key99999") == b"x" * 50, "and not that it is still loading"


def test_embedded_server_says_why_it_does_not_start(redis_url: str) -> None:
    taken = int(redis_url.removesuffix("/0").rsplit(":", 1)[1])
    with pytest.raises(EmbeddedRedisError, match=rf"did not start on port {taken} \(Failed listening on port {taken}"):
        EmbeddedRedis(port=taken).start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
def test_embedded_server_ends_with_a_killed_parent() -> None:
    code = "import time; from ops.redis.embedded import EmbeddedRedis; s = EmbeddedRedis().start()"
    code += "; print(s.url, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        parent.kill()
    with redis.Redis.from_url(url) as client:
        deadline = time.monotonic() + 60
        with pytest.raises(redis.ConnectionError):
            while time.monotonic() < deadline:
                client.ping()
                time.sleep(0.02)
