"""A primary, a replica and a Sentinel, all real: the job and its readers follow the primary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from domain.errors import SettingError
from flink_job.settings.settings import load
from ops.redis.connection import RedisReadError, RedisWriteError, connect
from ops.redis.permissions import REPLICAS, SENTINEL, WRITE
from ops.redis.server_check import server_version
from ops.redis.watch import RedisWatch
from ops.redis.writer import RedisStreamWriter
from tests.support.redis_clusters import Watched, until
from tests.support.stream_uses import all_of_it_works, entry, may, read, while_written, write


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as watched:
        yield watched


def test_sentinels_name_the_primary_and_a_failover_is_followed(watched: Watched, stream_prefix: str) -> None:
    assert f"at mymaster of the Sentinels 127.0.0.1:1, 127.0.0.1:{watched.sentinel}" in server_version(watched.url, stream_prefix)
    all_of_it_works(watched.url, f"{stream_prefix}works:")
    before, after = watched.ports
    seen = RedisWatch(watched.url, stream_prefix)

    def kill() -> None:
        watched.kill(before)
        until(lambda: watched.primary() == after)
        watched.follow(before, after)

    writer, names = while_written(watched.url, stream_prefix, kill, replicas=1)
    assert writer.retries > 0
    until(lambda: seen.away() == "")
    assert read(watched.url, stream_prefix) == names, "each once, in order"


def test_nothing_is_lost_in_a_failover_by_hand_that_cuts_no_connection(watched: Watched, stream_prefix: str) -> None:
    """For seconds the primary before takes writes that nobody will ever see: with redis.replicas they do not
    count."""
    before, after = watched.ports

    def switch() -> None:
        until(lambda: watched.client(watched.sentinel).execute_command("SENTINEL", "FAILOVER", "mymaster"))
        until(lambda: watched.primary() == after and watched.client(before).info("replication")["role"] == "slave")

    writer, names = while_written(watched.url, stream_prefix, switch, replicas=1)
    assert writer.retries > 0
    assert [fields["id"] for _, fields in watched.client(after).xrange(f"{stream_prefix}alerts")] == names


def test_replicas_that_are_missing_are_waited_for_and_named(watched: Watched, stream_prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RedisReadError, match=r"has 1 replica, and redis\.replicas is 2"):
        server_version(watched.url, stream_prefix, replicas=2)
    assert server_version(watched.url, stream_prefix, replicas=1)
    tries: list[int] = []

    def give_up() -> None:
        tries.append(1)
        if len(tries) > 1:
            raise InterruptedError

    writer = RedisStreamWriter(watched.url, stream_prefix, 100, 60, on_wait=give_up, replicas=2)
    with pytest.raises(InterruptedError):
        writer.write("alerts", entry("a"))
    writer.close()
    assert "takes no writes (1 of 2 replicas (redis.replicas) have the entry)" in caplog.text
    assert write(watched.url, stream_prefix, ["a"]).repeated == 1, "the server has it all the same"


def test_a_sentinel_that_does_not_know_of_a_failover_yet_leads_nobody_to_a_replica(watched: Watched, stream_prefix: str) -> None:
    primary, other = watched.ports
    watched.client(watched.sentinel).execute_command("SENTINEL", "SET", "mymaster", "down-after-milliseconds", 60_000)
    watched.client(primary).replicaof("127.0.0.1", other)
    with connect(watched.url, stream_prefix, 2.0) as client, pytest.raises(RedisError, match=f"127.0.0.1:{primary} is a replica"):
        client.ping()


@pytest.mark.parametrize("replicas", [0, 1])
def test_a_refusal_that_passes_is_waited_for(watched: Watched, stream_prefix: str, replicas: int) -> None:
    """With replicas the script is sent with WAIT after it, and its error passes all the same."""
    primary, waits = watched.client(watched.ports[0]), list[int]()
    primary.config_set("min-replicas-to-write", 5)

    def on_wait() -> None:
        waits.append(1)
        primary.config_set("min-replicas-to-write", 0)

    writer = RedisStreamWriter(watched.url, stream_prefix, 100, 60, on_wait=on_wait, replicas=replicas)
    assert writer.write("alerts", entry("a"))
    writer.close()
    assert waits


def test_what_is_away_is_named_with_its_mend(watched: Watched, stream_prefix: str) -> None:
    primary, replica = watched.ports
    for port in (replica, primary):
        watched.kill(port)
    mend = "wait for the failover; where none comes, start the primary or a replica of it"
    with pytest.raises(RedisReadError, match=rf"mymaster of the Sentinels .* connecting to 127\.0\.0\.1:{primary}\..*: {mend}"):
        server_version(watched.url, stream_prefix)
    watched.kill(watched.sentinel)
    with pytest.raises(RedisReadError, match=r"start the Sentinels, or correct their address in the setting redis\.url"):
        server_version(watched.url, stream_prefix)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("mymaster", "other"), "correct the name of the primary, as sentinel.conf monitors it, in the setting redis.url"),
        (("/mymaster/0", ""), "is no address like redis://host:6379/0 or redis+sentinel://host:26379/NAME/0"),
        (("redis+", ""), "is no address like"),
    ],
)
def test_a_wrong_address_of_sentinels_is_refused_with_the_mend(watched: Watched, change: tuple[str, str], said: str) -> None:
    with pytest.raises(RedisReadError) as raised:
        server_version(watched.url.replace(*change), "shop:")
    assert said in str(raised.value)


def test_a_sentinel_that_is_named_as_a_server_is_refused_with_the_mend(watched: Watched) -> None:
    with pytest.raises(RedisReadError, match=r"is a Sentinel, not the Redis of the streams: write redis\+sentinel://HOST:26379/NAME/0"):
        server_version(f"redis://127.0.0.1:{watched.sentinel}/0", "shop:")


def test_passwords_of_servers_and_of_sentinels_are_two(watched: Watched, stream_prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for port in (*watched.ports, watched.sentinel):
        client = watched.client(port)
        password = "sent1nel" if port == watched.sentinel else "pa55"
        client.execute_command("ACL", "SETUSER", "job", "on", f">{password}", "~*", "+@all")
        if port != watched.sentinel:  # the Sentinel goes on as it was
            continue
        client.execute_command("ACL", "SETUSER", "default", "off")
    url = watched.url.replace("//", "//job:pa55@")
    refused = rf"the Sentinel 127\.0\.0\.1:{watched.sentinel}: .*{re.escape('?sentinel_username=USER&sentinel_password=PASSWORD')}"
    one_more = url.replace("/mymaster", ",127.0.0.1:1/mymaster")
    for given in ("", "?sentinel_username=job&sentinel_password=wr0ng"):
        for address in (url, one_more):  # the one that is away, first or last, hides nothing
            with pytest.raises(RedisReadError, match=f"{refused} at its end, into the environment variable") as raised:
                server_version(address + given, stream_prefix)
            assert "wr0ng" not in str(raised.value)
    monkeypatch.setenv("RINGWATCH_REDIS_URL", url)
    with pytest.raises(RedisReadError, match=r"correct the user and password of the Sentinels, .*, in RINGWATCH_REDIS_URL"):
        server_version(url, stream_prefix)
    assert write(f"{url}?sentinel_username=job&sentinel_password=sent1nel", stream_prefix, ["a"]).written == 1


def test_a_user_needs_wait_only_where_replicas_are_waited_for(watched: Watched, stream_prefix: str) -> None:
    url = watched.url.replace("//", "//job:pa55@")
    for replicas, needs in ((0, WRITE), (1, (*WRITE, *REPLICAS)), (1, (*WRITE, *REPLICAS, *SENTINEL))):
        for port in watched.ports:
            may(watched.client(port), *needs)
        writer = RedisStreamWriter(url, stream_prefix, 100, 60, replicas=replicas)
        assert writer.write("alerts", entry(f"a{len(needs)}"))
        writer.close()
        for port in watched.ports:
            watched.client(port).acl_deluser("job")
    for port in watched.ports:
        may(watched.client(port), *WRITE)
    with pytest.raises(RedisWriteError, match="give the user the permissions"):
        RedisStreamWriter(url, stream_prefix, 100, 60, replicas=1).write("alerts", entry("b"))


def test_a_replica_is_refused_with_the_mend(watched: Watched, stream_prefix: str) -> None:
    url = f"redis://127.0.0.1:{watched.ports[1]}/0"
    mend = r"give the address of its primary, or redis\+sentinel://"
    with pytest.raises(RedisReadError, match=mend):
        server_version(url, stream_prefix)
    with pytest.raises(RedisReadError, match=mend):
        read(url, stream_prefix)


def test_a_password_of_sentinels_does_not_belong_into_the_settings() -> None:
    with pytest.raises(SettingError, match="a password does not belong"):
        load(None, ["redis.url=redis+sentinel://h/mymaster/0?sentinel_password=x"])
