"""Real servers that move: a cluster's slot to another node, a primary to its replica by Sentinel."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot
from redis.exceptions import RedisError

from domain.errors import SettingError
from domain.summaries.template_writer import template_summary
from flink_job.cluster.check import looks
from flink_job.settings.settings import load
from ops.llm.budget import LlmBudget
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from ops.redis.connection import RedisReadError, RedisWriteError, connect, connect_async, patiently
from ops.redis.consumer import StreamConsumer
from ops.redis.permissions import CHECK, CLUSTER, REPLICAS, SENTINEL, WRITE, acl_rule
from ops.redis.server_check import server_version
from ops.redis.stream_documents import stream_documents
from ops.redis.watch import RedisWatch
from ops.redis.writer import RedisStreamWriter, StreamEntry
from ops.terminal.group_status import stream_status
from tests.support.incident_samples import alert, incident_of
from tests.support.redis_clusters import Cluster, Watched, until

STREAMS = ("alerts", "incidents", "rejected")
PATIENCE_S = 40.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as watched:
        yield watched


def entry(name: str) -> StreamEntry:
    return StreamEntry(name, "order", "high", 1, json.dumps({"name": name}))


def prefix_of(cluster: Cluster, port: int) -> str:
    """A prefix whose slot the node of `port` has."""
    return next(name for i in range(1000) if cluster.owner(key_slot((name := f"{{t{i}}}:").encode())) == port)


def write(url: str, prefix: str, names: list[str], stream: str = "alerts") -> RedisStreamWriter:
    writer = RedisStreamWriter(url, prefix, 100_000, 60)
    for name in names:
        writer.write(stream, entry(name))
    writer.close()
    return writer


def read(url: str, prefix: str) -> list[str]:
    """What a new member of a group reads of all streams, at once."""
    member = StreamConsumer(url, prefix, STREAMS, "team", "one", "0", batch=10_000)
    found = [one.fields["id"] for one in member.poll()]
    member.close()
    return found


async def remember(url: str, prefix: str) -> None:
    """Book a call to a model, and keep its summary."""
    async with connect_async(url, prefix, 2.0, 2) as client:
        booking = await LlmBudget(client, prefix, LlmSettings()).book(100, 50)
        await LlmBudget(client, prefix, LlmSettings()).settle(booking, 10, 5)
        cache, incident = SummaryCache(client, prefix, LlmSettings()), incident_of([alert(1)])
        draft = template_summary(incident).draft
        await cache.put(incident, draft)
        assert await cache.get(incident) == draft


def all_of_it_works(url: str, prefix: str) -> None:
    """The job's writes, once each, its summaries, and everything that reads."""
    assert write(url, prefix, ["a", "b", "a"]).repeated == 1
    write(url, prefix, ["c"], "incidents")
    assert sorted(read(url, prefix)) == ["a", "b", "c"]
    assert [stream.entries for stream in stream_status(url, prefix, STREAMS)] == [2, 1, 0]
    assert [document["name"] for document in stream_documents(url, prefix, "alerts")] == ["a", "b"]
    assert RedisWatch(url, prefix).away() == ""
    asyncio.run(remember(url, prefix))


@pytest.mark.parametrize("node", [0, 1, 2])
@pytest.mark.parametrize("named", ["one node", "all nodes, one away"])
def test_a_cluster_serves_where_the_prefix_holds_a_hash_tag(cluster: Cluster, node: int, named: str) -> None:
    prefix = prefix_of(cluster, cluster.ports[node])
    cluster.client(cluster.ports[node]).flushall()
    url = f"redis://127.0.0.1:{cluster.ports[0]}/0" if named == "one node" else cluster.url.replace("//", "//127.0.0.1:1,")
    assert " (cluster) at 127.0.0.1:" in server_version(url, prefix)
    all_of_it_works(url, prefix)


@pytest.mark.parametrize("node", [0, 1, 2])
def test_a_cluster_without_a_hash_tag_is_refused_with_the_mend(cluster: Cluster, node: int) -> None:
    url = f"redis://127.0.0.1:{cluster.ports[node]}/0"
    settings = load(None, [f"redis.url={url}"])
    finding = dict(looks(settings, to_run=True))["Redis"]()
    assert not finding.good
    assert finding.is_setting, "so that run ends with 2"
    assert finding.text.endswith('all keys of a job must be in one slot: give redis.prefix a hash tag, redis.prefix: "{ringwatch}:"')
    for use, error in ((lambda: write(url, "shop:", ["a"]), RedisWriteError), (lambda: read(url, "shop:"), RedisReadError)):
        with pytest.raises(error, match=r"give redis\.prefix a hash tag"):
            use()
    mended = load(None, [f"redis.url={url}", "redis.prefix={ringwatch}:"])
    assert dict(looks(mended))["Redis"]().good


def test_a_user_who_may_ask_a_cluster_for_nothing_learns_what_is_wrong(cluster: Cluster) -> None:
    """Without INFO two keys of two slots show it."""
    for port in cluster.ports:
        cluster.client(port).execute_command(*["ACL", "SETUSER", "short", "on", ">pa55", "~shop:*", "+exists", "+ping"])
    with pytest.raises(SettingError, match=r'redis\.prefix: "\{shop\}:"'):
        server_version(f"redis://short:pa55@127.0.0.1:{cluster.ports[0]}", "shop:")


def may(client: Any, *commands: str) -> None:
    client.execute_command(*acl_rule("job", "", commands).replace("PASSWORD", "pa55").split(" "))


def test_a_user_of_a_cluster_needs_one_command_more_or_is_redirected(cluster: Cluster) -> None:
    prefix = prefix_of(cluster, cluster.ports[2])
    url = f"redis://job:pa55@127.0.0.1:{cluster.ports[0]}/0"
    for more, redirected in ((CLUSTER, False), ((), True)):
        for port in cluster.ports:
            may(cluster.client(port), *CHECK, *WRITE, *more)
        writer = write(url, prefix, [f"a{redirected}"])
        assert bool(writer.retries) is redirected
        for port in cluster.ports:
            cluster.client(port).acl_deluser("job")


def test_only_database_0_of_a_cluster_is_there(cluster: Cluster) -> None:
    with pytest.raises(RedisReadError, match=r"the number of the database|database 0 only"):
        server_version(f"redis://127.0.0.1:{cluster.ports[0]}/1", "{shop}:")


def while_written(url: str, prefix: str, change: Callable[[], None], replicas: int = 0) -> tuple[RedisStreamWriter, list[str]]:
    """Write entries from before the change to well after it; return the writer and all names, in order."""
    names: list[str] = []
    ends = time.monotonic() + PATIENCE_S

    def on_wait() -> None:
        assert time.monotonic() < ends, "it never found the server again"

    writer = RedisStreamWriter(url, prefix, 1_000_000, 600, timeout_s=2.0, on_wait=on_wait, replicas=replicas)
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(lambda: None)
        while len(names) < 200 or not changing.done() or len(names) % 200:
            names.append(f"e{len(names)}")
            writer.write("alerts", entry(names[-1]))
            if len(names) == 100:
                changing = pool.submit(change)
        changing.result()
    writer.close()
    return writer, names


def move_slot(cluster: Cluster, slot: int, to: int) -> None:
    """Hand a slot from its node to another, key by key, as redis-cli --cluster reshard does."""
    origin = cluster.owner(slot)
    source, target = cluster.client(origin), cluster.client(to)
    target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source.execute_command("CLUSTER MYID"))
    source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target.execute_command("CLUSTER MYID"))
    while keys := source.execute_command("CLUSTER GETKEYSINSLOT", slot, 100):
        source.execute_command("MIGRATE", "127.0.0.1", to, "", 0, 5000, "KEYS", *keys)
    owner = target.execute_command("CLUSTER MYID")
    for port in (to, origin, *cluster.ports):
        cluster.client(port).execute_command("CLUSTER SETSLOT", slot, "NODE", owner)


def test_a_slot_that_is_moved_during_writes_is_followed(cluster: Cluster) -> None:
    prefix = prefix_of(cluster, cluster.ports[1])
    cluster.client(cluster.ports[1]).flushall()
    slot = key_slot(prefix.encode())
    with connect(cluster.url, prefix, 5.0) as reader:
        reader.exists(f"{prefix}alerts")
        writer, names = while_written(cluster.url, prefix, lambda: move_slot(cluster, slot, cluster.ports[2]))
        assert cluster.owner(slot) == cluster.ports[2]
        assert patiently(reader, lambda: reader.xlen(f"{prefix}alerts"), lambda: None) == len(names)
    assert read(cluster.url, prefix) == names, "each once, in order"
    assert writer.dropped_unread == 0


def test_a_node_that_dies_is_replaced_by_its_replica(tmp_path: Path) -> None:
    """The address names that node alone: the others have been learned from it."""
    with Cluster(tmp_path) as cluster:
        port = cluster.add_replica(cluster.ports[0])
        prefix = prefix_of(cluster, cluster.ports[0])
        url = f"redis://127.0.0.1:{cluster.ports[0]}/0"

        def kill() -> None:
            cluster.client(cluster.ports[0]).wait(1, 1000)
            cluster.kill(cluster.ports[0])
            until(lambda: cluster.client(port).info("replication")["role"] == "master")

        writer, names = while_written(url, prefix, kill)
        assert writer.retries > 0
        found = [fields["id"] for _, fields in cluster.client(port).xrange(f"{prefix}alerts")]
        assert len(found) == len(set(found)), "none twice"
        assert set(names) - set(found) <= set(names[90:120]), "at most what was under way to the replica"


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


def test_passwords_of_servers_and_of_sentinels_are_two(watched: Watched, stream_prefix: str) -> None:
    for port in (*watched.ports, watched.sentinel):
        client = watched.client(port)
        password = "sent1nel" if port == watched.sentinel else "pa55"
        client.execute_command("ACL", "SETUSER", "job", "on", f">{password}", "~*", "+@all")
        if port != watched.sentinel:  # the Sentinel goes on as it was
            continue
        client.execute_command("ACL", "SETUSER", "default", "off")
    url = watched.url.replace("//", "//job:pa55@")
    with pytest.raises(RedisReadError, match=r"correct the user and password|into the environment variable"):
        server_version(url, stream_prefix)
    with pytest.raises(RedisReadError, match=r"correct the user and password|into the environment variable") as raised:
        server_version(f"{url}?sentinel_username=job&sentinel_password=wr0ng", stream_prefix)
    assert "wr0ng" not in str(raised.value)
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
