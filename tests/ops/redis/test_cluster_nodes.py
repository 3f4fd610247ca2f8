"""A real Redis Cluster: the job and its readers follow the slot of their prefix from node to node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.crc import key_slot

from domain.errors import SettingError
from flink_job.cluster.check import looks
from flink_job.settings.settings import load
from ops.redis.connection import RedisReadError, RedisWriteError, connect, patiently
from ops.redis.permissions import CHECK, CLUSTER, WRITE
from ops.redis.server_check import server_version
from tests.support.redis_clusters import Cluster, until
from tests.support.stream_uses import all_of_it_works, may, read, while_written, write


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.mark.parametrize("node", [0, 1, 2])
@pytest.mark.parametrize("named", ["one node", "all nodes, one away"])
def test_a_cluster_serves_where_the_prefix_holds_a_hash_tag(cluster: Cluster, node: int, named: str) -> None:
    prefix = cluster.prefix_at(cluster.ports[node])
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


def test_a_user_of_a_cluster_needs_one_command_more_or_is_redirected(cluster: Cluster) -> None:
    prefix = cluster.prefix_at(cluster.ports[2])
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


def test_a_slot_that_is_moved_during_writes_is_followed(cluster: Cluster) -> None:
    prefix = cluster.prefix_at(cluster.ports[1])
    cluster.client(cluster.ports[1]).flushall()
    slot = key_slot(prefix.encode())
    with connect(cluster.url, prefix, 5.0) as reader:
        reader.exists(f"{prefix}alerts")
        writer, names = while_written(cluster.url, prefix, lambda: cluster.move_slot(slot, cluster.ports[2]))
        assert cluster.owner(slot) == cluster.ports[2]
        assert patiently(reader, lambda: reader.xlen(f"{prefix}alerts"), lambda: None) == len(names)
    assert read(cluster.url, prefix) == names, "each once, in order"
    assert writer.dropped_unread == 0


def test_a_node_that_dies_is_replaced_by_its_replica(tmp_path: Path) -> None:
    """The address names that node alone: the others have been learned from it."""
    with Cluster(tmp_path) as cluster:
        port = cluster.add_replica(cluster.ports[0])
        prefix = cluster.prefix_at(cluster.ports[0])
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


def test_a_node_that_is_away_is_named_with_the_mend(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        dead, living = cluster.ports[1], cluster.ports[0]
        prefixes = [cluster.prefix_at(port) for port in (dead, living)]
        cluster.kill(dead)
        with pytest.raises(RedisReadError, match=rf"connecting to 127\.0\.0\.1:{dead}\..*: start what is down, or a replica of it"):
            server_version(cluster.url, prefixes[0])
        until(lambda: cluster.client(living).execute_command("CLUSTER INFO")["cluster_state"] == "fail")
        with pytest.raises(RedisReadError, match=r"CLUSTERDOWN.*redis-cli --cluster check names the slots that no node has"):
            server_version(cluster.url, prefixes[1])
