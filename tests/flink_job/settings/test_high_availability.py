"""What several JobManagers are started with, and one alone is not."""

from __future__ import annotations

import pytest

from domain.errors import SettingError
from flink_job.settings.flink_options import cluster_options
from flink_job.settings.high_availability import SESSION_S, TICK_MS, own_options, zookeeper_file
from flink_job.settings.settings import Settings, load


def settings(*overrides: str) -> Settings:
    return load(None, ["cluster.folder=/tmp/cluster", *overrides])


def test_one_jobmanager_keeps_nothing() -> None:
    options = cluster_options(settings())
    assert not [name for name in options if name.startswith(("high-availability", "zookeeper"))]
    assert own_options(settings().cluster, 1) == {}


def test_two_have_a_zookeeper_and_ports_of_their_own() -> None:
    two = settings("cluster.jobmanagers=2", "cluster.zookeeper_port=4711", "cluster.rest_port=5000", "cluster.rpc_port=6000")
    options = cluster_options(two)
    assert options["high-availability.zookeeper.quorum"] == "127.0.0.1:4711"
    assert options["high-availability.storageDir"] == "file:///tmp/cluster/high-availability"
    assert own_options(two.cluster, 1) == {"rest.port": "5000", "high-availability.jobmanager.port": "6000"}
    assert own_options(two.cluster, 2) == {"rest.port": "5001", "high-availability.jobmanager.port": "6001"}


def test_zookeeper_listens_on_the_loopback_address_and_allows_the_session() -> None:
    lines = dict(line.split("=") for line in zookeeper_file(settings("cluster.jobmanagers=2").cluster).splitlines())
    assert (lines["clientPortAddress"], lines["clientPort"], lines["admin.enableServer"]) == ("127.0.0.1", "2181", "false")
    assert lines["dataDir"] == "/tmp/cluster/zookeeper"
    assert 2 * TICK_MS <= SESSION_S * 1000 <= 20 * TICK_MS, "else ZooKeeper takes another"


@pytest.mark.parametrize("name", ["rest_port", "rpc_port"])
def test_the_next_port_is_one_too(name: str) -> None:
    assert settings(f"cluster.{name}=65535")
    with pytest.raises(SettingError, match=f"cluster.{name} must lie between 1 and 65534"):
        settings(f"cluster.{name}=65535", "cluster.jobmanagers=2")
