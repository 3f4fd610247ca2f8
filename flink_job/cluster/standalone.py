"""A standalone Flink cluster on this machine from the installed wheel, with ringwatch's own configuration.

Below `cluster.folder`: conf/ (made anew at each start), lib/ (links to the jars), logs/, pids/, tmp/, code/
(what was submitted).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from flink_job.cluster.crash_report import with_crash_reports
from flink_job.cluster.environment import MachineError, check_disk, check_java, python_path
from flink_job.cluster.own_folder import is_own_folder, own_folder
from flink_job.cluster.rest import ClusterError, FlinkRest
from flink_job.settings.flink_options import cluster_options
from flink_job.settings.settings import Settings

START_S, STOP_S = 90.0, 20.0
JOBMANAGER = "jobmanager"
_MARKER = ".ringwatch-cluster"
_CONFIGURATION_FILES = ("log4j.properties", "log4j-console.properties", "log4j-cli.properties")

_QUIET = """
# It logs the whole environment of the Python workers, secrets included, whenever it closes one.
logger.beam.name = org.apache.beam.runners.fnexecution.control.DefaultJobBundleFactory
logger.beam.level = OFF
"""


class Cluster:
    """The cluster of the settings' `cluster` section, started or not: its pid files say what runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = Path(settings.cluster.folder).resolve()
        self.rest = FlinkRest(f"http://127.0.0.1:{settings.cluster.rest_port}")

    @property
    def logs(self) -> Path:
        """Return the folder of the processes' logs."""
        return self.folder / "logs"

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

    def start(self) -> None:
        """Start one JobManager and the TaskManagers; return when all of them offer their slots."""
        check_java()
        if self.pids():
            raise ClusterError(f"the cluster of {self.folder} runs already: end it first with make cluster-stop")
        for name in ("rest_port", "rpc_port"):
            _refuse_busy(name, getattr(self._settings.cluster, name))
        self._prepare()
        try:
            self.start_jobmanager()
            for number in range(1, self._settings.cluster.taskmanagers + 1):
                self.start_taskmanager(number)
            self._wait(self._is_complete)
        except ClusterError:
            self.stop()
            raise

    def _is_complete(self) -> bool:
        """Return whether all slots are there: a TaskManager registers before it offers its slot."""
        expected = self._settings.cluster.taskmanagers
        return len(self.rest.taskmanagers()) >= expected and self.rest.free_slots() >= expected

    def check_connector(self) -> None:
        """Raise unless the Kafka connector was there when the cluster started."""
        if not any((self.folder / "lib").glob("flink-connector-kafka-*.jar")):
            raise ClusterError(
                "the cluster was started without the Kafka connector: fetch it with make jars, then make cluster-stop cluster"
            )

    def start_jobmanager(self) -> None:
        """Start the JobManager; return at once."""
        self._daemon("jobmanager.sh", JOBMANAGER)

    def start_taskmanager(self, number: int) -> None:
        """Start TaskManager `number`.

        It registers as `taskmanager-NUMBER` with any JobManager that runs or will run.
        """
        name = f"taskmanager-{number}"
        self._daemon("taskmanager.sh", name, "-D", f"taskmanager.resource-id={name}")

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs, by `jobmanager` and `taskmanager-NUMBER`."""
        found: dict[str, int] = {}
        for path in sorted((self.folder / "pids").glob("flink-*.pid")):
            name = path.name.removeprefix("flink-").rpartition("-")[0]
            numbers = [int(line) for line in path.read_text().split() if line.isdigit()]
            found.update((name, pid) for pid in numbers if self._is_ours(pid))
        return found

    def stop(self) -> list[str]:
        """End all processes and return the names of those that ran. Jobs end without a savepoint."""
        running = self.pids()
        for asked in (signal.SIGTERM, signal.SIGKILL):
            for _, pid in sorted(self.pids().items(), reverse=True):
                os.kill(pid, asked)
            end = time.monotonic() + STOP_S
            while self.pids() and time.monotonic() < end:
                time.sleep(0.1)
        if is_own_folder(self.folder, _MARKER):
            for name in ("pids", "tmp"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        return sorted(running)

    def flink(self, *words: str, timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run Flink's own command line against this cluster: `flink("list")`."""
        return subprocess.run(  # noqa: S603 - the program is the wheel's
            ["bash", str(_flink_home() / "bin" / "flink"), *words],  # noqa: S607
            env=self.environment("client"),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a process of this cluster: ours, secrets included, and its folders."""
        return {
            **os.environ,
            "PYTHONPATH": python_path(),
            "FLINK_CONF_DIR": str(self.folder / "conf"),
            "FLINK_LIB_DIR": str(self.folder / "lib"),
            "FLINK_LOG_DIR": str(self.logs),
            "FLINK_PID_DIR": str(self.folder / "pids"),
            "FLINK_IDENT_STRING": name,
        }

    def _prepare(self) -> None:
        """Make the configuration and the links to the jars anew from the wheel's."""
        home = _flink_home()
        with own_folder(self.folder, _MARKER, ("conf", "lib", "pids", "code"), "cluster.folder"):
            pass
        folders = [self.folder / name for name in ("conf", "lib", "logs", "pids", "tmp")]
        check_disk(*folders, Path(self._settings.cluster.savepoint_dir))
        conf, lib = folders[:2]
        for name in _CONFIGURATION_FILES:
            (conf / name).write_text((home / "conf" / name).read_text(encoding="utf-8") + _QUIET, encoding="utf-8")
        wheels = yaml.safe_load((home / "conf" / "config.yaml").read_text(encoding="utf-8"))
        java = with_crash_reports(wheels["env"]["java"]["opts"]["all"], self.logs)
        options = {"env.java.opts.all": java, **cluster_options(self._settings)}
        (conf / "config.yaml").write_text(yaml.safe_dump(options, width=10_000), encoding="utf-8")
        for jar in (*home.glob("lib/*.jar"), *home.glob("opt/flink-python-*.jar"), *Path(self._settings.kafka.jars).glob("*.jar")):
            (lib / jar.name).symlink_to(jar)

    def _daemon(self, script: str, name: str, *words: str) -> None:
        command = ["bash", str(_flink_home() / "bin" / script), "start", *words]
        done = subprocess.run(command, env=self.environment(name), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise ClusterError(f"{name} did not start: {' '.join((done.stderr or done.stdout).split())[-300:]}")

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

    def _is_ours(self, pid: int) -> bool:
        """Return whether a process was started with our configuration: the system gives pids out again."""
        return str(self.folder / "conf") in _command(pid)


def _command(pid: int) -> str:
    """Return the words of a process; empty if it has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return shown.stdout


def _flink_home() -> Path:
    found = importlib.util.find_spec("pyflink")
    if found is None or found.origin is None:
        raise MachineError("PyFlink is not installed: run make setup")
    return Path(found.origin).parent


def _refuse_busy(setting: str, port: int) -> None:
    with socket.socket() as probe:
        # what a stopped cluster leaves in TIME_WAIT is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ClusterError(f"port {port} is in use: end what uses it or set cluster.{setting} to another") from None
