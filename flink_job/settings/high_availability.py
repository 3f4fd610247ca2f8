"""What lets another JobManager take up the jobs of one that ended: Flink's options, and ZooKeeper's own.

ZooKeeper says which JobManager leads, and where what it must know of its jobs is written. The one that comes
with Flink is started beside them.
"""

from __future__ import annotations

from pathlib import Path

from flink_job.settings.settings import ClusterSettings

KEPT = ("high-availability", "zookeeper")
"""What is kept of jobs, below `cluster.folder`: files of the JobManagers, and those of ZooKeeper."""
SESSION_S = 10
"""A JobManager that ZooKeeper has not heard of for so long leads no more.

Java may stand still for some seconds on a busy machine. Flink's own value is 60.
"""
TICK_MS = 1000
"""ZooKeeper's unit of time: a session lasts from two of it to twenty."""
HEAP_MB = 64
"""Of ZooKeeper's Java."""


def stands_by(cluster: ClusterSettings) -> bool:
    """Return whether there is a JobManager that takes over."""
    return cluster.jobmanagers > 1


def availability_options(cluster: ClusterSettings) -> dict[str, str]:
    """Return Flink's options; none with one JobManager."""
    if not stands_by(cluster):
        return {}
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": f"127.0.0.1:{cluster.zookeeper_port}",
        "high-availability.storageDir": (Path(cluster.folder).resolve() / KEPT[0]).as_uri(),
        "high-availability.zookeeper.client.session-timeout": f"{SESSION_S} s",
    }


def own_options(cluster: ClusterSettings, number: int) -> dict[str, str]:
    """Return the options of JobManager `number` alone: each has ports of its own, from the settings' on."""
    if not stands_by(cluster):
        return {}
    more = number - 1
    return {
        "rest.port": str(cluster.rest_port + more),
        "high-availability.jobmanager.port": str(cluster.rpc_port + more),
    }


def zookeeper_file(cluster: ClusterSettings) -> str:
    """Return ZooKeeper's configuration: on the loopback address only, without its page for administrators."""
    return (
        f"tickTime={TICK_MS}\n"
        "initLimit=10\n"
        "syncLimit=5\n"
        f"dataDir={Path(cluster.folder).resolve() / KEPT[1]}\n"
        f"clientPort={cluster.zookeeper_port}\n"
        "clientPortAddress=127.0.0.1\n"
        "admin.enableServer=false\n"
    )
