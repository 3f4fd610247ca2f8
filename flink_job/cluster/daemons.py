"""Flink's own programs as processes of this machine, known by their pid files and their configuration."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from flink_job.cluster.environment import MachineError, python_path
from flink_job.cluster.rest import ClusterError


@dataclass(frozen=True)
class Daemons:
    """Those that read the configuration in `folder`/conf."""

    folder: Path

    @property
    def logs(self) -> Path:
        """Return the folder of their logs."""
        return self.folder / "logs"

    def start(self, script: str, name: str, *words: str, **variables: str) -> None:
        """Start one of the wheel's scripts with these words and variables; return at once."""
        command = ["bash", str(flink_home() / "bin" / script), "start", *words]
        done = subprocess.run(command, env={**self.environment(name), **variables}, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise ClusterError(f"{name} did not start: {' '.join((done.stderr or done.stdout).split())[-300:]}")

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs, by the names with which it was started."""
        found: dict[str, int] = {}
        for path in sorted((self.folder / "pids").glob("flink-*.pid")):
            name = path.name.removeprefix("flink-").rpartition("-")[0]
            numbers = [int(line) for line in path.read_text().split() if line.isdigit()]
            found.update((name, pid) for pid in numbers if self._is_ours(pid))
        return found

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a process: ours, secrets included, and its folders."""
        return {
            **os.environ,
            "PYTHONPATH": python_path(),
            "FLINK_CONF_DIR": str(self.folder / "conf"),
            "FLINK_LIB_DIR": str(self.folder / "lib"),
            "FLINK_LOG_DIR": str(self.logs),
            "FLINK_PID_DIR": str(self.folder / "pids"),
            "FLINK_IDENT_STRING": name,
        }

    def _is_ours(self, pid: int) -> bool:
        """Return whether a process was started with our configuration: the system gives pids out again."""
        return str(self.folder / "conf") in _command(pid)


def flink_home() -> Path:
    """Return the folder of PyFlink, which holds a whole Flink."""
    found = importlib.util.find_spec("pyflink")
    if found is None or found.origin is None:
        raise MachineError("PyFlink is not installed: run make setup")
    return Path(found.origin).parent


def _command(pid: int) -> str:
    """Return the words of a process; empty if it has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return shown.stdout
