"""A standalone cluster as a user starts it, on free ports and in a folder of its own, for tests that break
it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from flink_job.cluster.environment import MachineError, rest_port
from flink_job.cluster.rest import ClusterError, FlinkRest
from flink_job.cluster.standalone import Cluster
from flink_job.settings.settings import load
from ops.free_ports import free_port
from tests.support.job_process import ROOT, JobProcess, wait_for

COMMAND_S = 300.0


def two_free_ports() -> int:
    """A port that is free, as is the next one: another JobManager has that."""
    while True:
        first = free_port()
        with suppress(MachineError):
            return rest_port(first + 1) - 1


@dataclass
class ClusterProcess:
    """`ringwatch cluster` with these settings; `environment` is what its processes and the submissions get
    on top of ours.
    """

    folder: Path
    taskmanagers: int = 2
    options: tuple[str, ...] = ()
    """Further `name=value` settings, of the cluster and of every job."""
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = {"folder": self.folder / "flink", "savepoint_dir": self.folder / "savepoints", "taskmanagers": self.taskmanagers}
        ports = {name: two_free_ports() for name in ("rest_port", "rpc_port", "zookeeper_port")}
        self._settings = (*(f"cluster.{name}={value}" for name, value in {**places, **ports}.items()), *self.options)
        self.cluster = Cluster(load(None, self._settings))

    @property
    def rest(self) -> FlinkRest:
        return self.cluster.rest

    def __enter__(self) -> ClusterProcess:
        self.command("start")
        return self

    def __exit__(self, *_: object) -> None:
        self.command("stop")

    def command(self, action: str, *words: str, environment: dict[str, str] | None = None) -> str:
        """What `ringwatch cluster ACTION` prints; AssertionError with its words if it fails."""
        command = [sys.executable, "-m", "flink_job.cli", "cluster", action, *words]
        command += [word for setting in self._settings for word in ("--set", setting)]
        merged = {**os.environ, **self.environment, **(environment or {})}
        done = subprocess.run(command, cwd=ROOT, env=merged, capture_output=True, text=True, timeout=COMMAND_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def submit(self, job: JobProcess, *words: str, environment: dict[str, str] | None = None) -> str:
        """Submit the job that `job` describes; its id, once all tasks run."""
        said = self.command("submit", *job.words(), *job.extra, *words, environment=environment)
        return said.split()[1]

    def stop_job(self) -> str:
        """The savepoint that the one running job was stopped with."""
        return self.command("stop-job").splitlines()[-1]

    def kill(self, name: str) -> None:
        """`kill -9` of a process: `jobmanager`, `taskmanager-2`."""
        os.kill(self.cluster.pids()[name], signal.SIGKILL)
        wait_for(lambda: name not in self.cluster.pids(), f"the end of {name}", 30)

    def start_again(self, name: str) -> None:
        """Start a process in the environment that `ringwatch cluster start` gave it."""
        with patch.dict(os.environ, self.environment):
            self.cluster.start_one(name)

    def host_of(self, job: str) -> str:
        """The one TaskManager that runs a job of parallelism 1."""
        (name,) = self.rest.taskmanagers_of(job)
        return name

    def checkpoints(self, job: str) -> int:
        """How many checkpoints the job has completed; 0 while nobody answers."""
        try:
            return self.rest.checkpoint_counts(job)["completed"]
        except ClusterError:
            return 0
