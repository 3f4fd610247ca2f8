"""A standalone Flink cluster on this machine from the installed wheel, with ringwatch's own configuration.

Below `cluster.folder`: conf/ (made anew at each start), lib/ (links to the jars), logs/, pids/, tmp/, code/
(what was submitted); with several JobManagers also high-availability/ and zookeeper/, what they know of their
jobs.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flink_job.cluster.cluster_folder import CONFIGURATION, MARKER, configuration, prepare
from flink_job.cluster.daemons import Daemons, flink_home
from flink_job.cluster.environment import check_java
from flink_job.cluster.own_folder import is_own_folder
from flink_job.cluster.rest import ENDED, POLL_S, ClusterError, FlinkRest
from flink_job.settings.high_availability import HEAP_MB, KEPT, own_options, stands_by
from flink_job.settings.last_state import note_stop
from flink_job.settings.settings import Settings
from flink_job.settings.state_folder import state_folder

START_S, STOP_S = 90.0, 20.0
JOBMANAGER, ZOOKEEPER = "jobmanager", "zookeeper"


class Cluster:
    """The cluster of the settings' `cluster` section, started or not: its pid files say what runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = Path(settings.cluster.folder).resolve()
        self._daemons = Daemons(self.folder)
        first, *others = (f"http://127.0.0.1:{settings.cluster.rest_port + more}" for more in range(settings.cluster.jobmanagers))
        self.rest = FlinkRest(first, tuple(others))

    @property
    def logs(self) -> Path:
        """Return the folder of the processes' logs."""
        return self._daemons.logs

    @property
    def savepoints(self) -> str:
        """The URI of the folder of savepoints."""
        return Path(self._settings.cluster.savepoint_dir).resolve().as_uri()

    def only_job(self, named: str | None) -> str:
        """Return the id of the job that runs, or the one that is named."""
        running = self.rest.running()
        if named:
            return named
        if len(running) != 1:
            raise ClusterError(f"{len(running)} jobs run{': name one with --job ' if running else ''}{', '.join(running)}")
        return running[0]

    def stop_job(self, job: str) -> tuple[Path, bool]:
        """Stop a job with a savepoint, and wait for its end.

        Return the savepoint's folder, and whether `--resume` knows of it.
        """
        last = self.rest.last_checkpoint(job)
        kept = state_folder(last["external_path"]).parent if last else Path(self._settings.job.checkpoint_dir).resolve() / job
        savepoint = state_folder(self.rest.stop(job, self.savepoints))
        is_noted = note_stop(kept, savepoint)
        end = time.monotonic() + STOP_S
        while self.rest.state(job) not in ENDED and time.monotonic() < end:  # its folders are in use until then
            time.sleep(POLL_S)
        return savepoint, is_noted

    def start(self) -> list[str]:
        """Start what does not run of JobManagers and TaskManagers; return its names when all slots are there.

        A part of a cluster that has ended is started with the configuration that the others have.
        """
        check_java()
        running = self.pids()
        missing = [name for name in self.names() if name not in running]
        if running:
            self._refuse_another(missing)
        else:
            self._refuse_busy()
            prepare(self._settings, self._daemons)
        try:
            for name in missing:
                self.start_one(name)
            self._wait(self._is_complete)
        except ClusterError:
            if not running:
                self._end()
            raise
        return missing

    def names(self) -> list[str]:
        """Return the names of all processes, in the order in which they start."""
        cluster = self._settings.cluster
        jobmanagers = [jobmanager(number) for number in range(1, cluster.jobmanagers + 1)]
        taskmanagers = [f"taskmanager-{number}" for number in range(1, cluster.taskmanagers + 1)]
        return [*([ZOOKEEPER] if stands_by(cluster) else []), *jobmanagers, *taskmanagers]

    def _is_complete(self) -> bool:
        """Return whether all slots are there: a TaskManager registers before it offers its slot."""
        expected = self._settings.cluster.taskmanagers
        return len(self.rest.taskmanagers()) >= expected and self.rest.slots() >= expected

    def check_connector(self) -> None:
        """Raise unless the Kafka connector was there when the cluster started."""
        if not any((self.folder / "lib").glob("flink-connector-kafka-*.jar")):
            raise ClusterError(
                "the cluster was started without the Kafka connector: fetch it with make jars, then make cluster-stop cluster"
            )

    def start_one(self, name: str) -> None:
        """Start the process of this name; return at once.

        A TaskManager registers under its name with any JobManager that leads or will lead.
        """
        number = int(name.rpartition("-")[2]) if name[-1].isdigit() else 1
        if name == ZOOKEEPER:
            self._daemons.start("zookeeper.sh", name, "1", ZK_HEAP=str(HEAP_MB))
        elif name == jobmanager(number):
            own = own_options(self._settings.cluster, number)
            self._daemons.start("jobmanager.sh", name, *(word for option in own.items() for word in ("-D", "=".join(option))))
        else:
            self._daemons.start("taskmanager.sh", name, "-D", f"taskmanager.resource-id={name}")

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs, by `jobmanager` and `taskmanager-NUMBER`."""
        return self._daemons.pids()

    def stop(self) -> list[str]:
        """End all processes and return the names of those that ran.

        Jobs end without a savepoint, and no JobManager of a later start takes them up.
        """
        running = self._end()
        if is_own_folder(self.folder, MARKER):
            for name in KEPT:
                shutil.rmtree(self.folder / name, ignore_errors=True)
        return running

    def _end(self) -> list[str]:
        running = self.pids()
        for asked in (signal.SIGTERM, signal.SIGKILL):
            for _, pid in sorted(self.pids().items(), reverse=True):
                os.kill(pid, asked)
            end = time.monotonic() + STOP_S
            while self.pids() and time.monotonic() < end:
                time.sleep(0.1)
        if is_own_folder(self.folder, MARKER):
            for name in ("pids", "tmp"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        return sorted(running)

    def flink(self, *words: str, timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run Flink's own command line against this cluster: `flink("list")`."""
        return subprocess.run(  # noqa: S603 - the program is the wheel's
            ["bash", str(flink_home() / "bin" / "flink"), *words],  # noqa: S607
            env=self._daemons.environment("client"),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def _refuse_another(self, missing: Sequence[str]) -> None:
        """Raise `ClusterError` if all that is to run does, or what runs has other settings."""
        if not missing:
            raise ClusterError(f"the cluster of {self.folder} runs already: end it first with make cluster-stop")
        file = self.folder / "conf" / CONFIGURATION
        if not file.exists() or file.read_text(encoding="utf-8") != configuration(self._settings, self.logs):
            raise ClusterError(
                f"the cluster of {self.folder} runs with other settings than these: give those that it was started with to start "
                f"{', '.join(missing)} again, or end it first with make cluster-stop"
            )

    def _refuse_busy(self) -> None:
        """Raise `ClusterError` if a port of the settings is in use."""
        cluster = self._settings.cluster
        for more in range(cluster.jobmanagers):
            _refuse_busy("rest_port", cluster.rest_port + more)
            _refuse_busy("rpc_port", cluster.rpc_port + more)
        if stands_by(cluster):
            _refuse_busy("zookeeper_port", cluster.zookeeper_port)

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Wait until the processes answer; raise `ClusterError` if one ends or all are too slow."""
        end = time.monotonic() + START_S
        expected = set(self.pids())
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except ClusterError:
                pass
            if gone := expected - set(self.pids()):
                raise ClusterError(f"{', '.join(sorted(gone))} ended at once: see why in {self.logs}")
            time.sleep(0.2)
        raise ClusterError(f"the cluster was not ready within {START_S:.0f} s: see why in {self.logs}")


def jobmanager(number: int) -> str:
    """Return the name of a JobManager; the first has none of its number."""
    return JOBMANAGER if number == 1 else f"{JOBMANAGER}-{number}"


def _refuse_busy(setting: str, port: int) -> None:
    with socket.socket() as probe:
        # what a stopped cluster leaves in TIME_WAIT is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ClusterError(f"port {port} is in use: end what uses it or set cluster.{setting} to another") from None
