"""`ringwatch retrain` as a child of the worker: bounded in time and memory, and ended with it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from flink_job.commands.serve_process import child_environment
from gnn.retraining.settings import RetrainSettings

NICE = 15
"""The trial gives way to the worker and to the job: nobody waits for it."""
LOG_NAME = "retraining.log"
_END_S = 20.0
_WHY_LETTERS = 400
_MB = 1024 * 1024


class RetrainProcess:
    """One trial at a time. `start`, `taken_end` and the properties are for one thread, `end` for any."""

    def __init__(self, words: Sequence[str], settings: RetrainSettings) -> None:
        """Take the words of the command, and the bounds."""
        self._words, self._settings = words, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._log, self._until, self._is_late = Path(), 0.0, False
        self._ending, self._is_ended = threading.Lock(), False

    @property
    def is_running(self) -> bool:
        """Return whether a trial runs; end one that has taken too long."""
        if self._process is None or self._process.poll() is not None:
            return False
        if time.monotonic() > self._until:
            self._is_late = True
            self._stop(self._process)
        return self._process.poll() is None

    @property
    def has_ended(self) -> bool:
        """Return whether a trial has ended whose end was not taken."""
        return self._process is not None and self._process.poll() is not None

    def start(self, folder: Path) -> None:
        """Start a trial whose words go to a file in `folder`; after `end` nothing is started."""
        self._log, self._is_late = folder / LOG_NAME, False
        self._until = time.monotonic() + self._settings.most_hours * 3600
        with self._ending, self._log.open("wb") as log:
            if self._is_ended:
                return
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "flink_job.cli", *self._words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=child_environment(),
                start_new_session=True,
            )
            self._bound(self._process.pid)

    def taken_end(self) -> str:
        """Return why the trial that has ended has failed, empty if it has not; the next may start."""
        process, self._process = self._process, None
        if process is None:
            return ""
        _close(process)
        if not process.returncode:
            return ""
        if self._is_late:
            return f"it took more than {self._settings.most_hours:g} h (retrain.most_hours)"
        how = f"exit code {process.returncode}" if process.returncode > 0 else f"ended by {signal.Signals(-process.returncode).name}"
        return f"{how}: {_last_words(self._log)}"

    def end(self) -> None:
        """End the trial that runs; start none any more."""
        with self._ending:
            self._is_ended = True
            process = self._process
        if process is not None and process.poll() is None:
            self._stop(process)

    def _bound(self, pid: int) -> None:
        """Bound memory and let others go first. A child that has ended already needs neither."""
        try:
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
            resource.prlimit(pid, resource.RLIMIT_DATA, (self._settings.memory_mb * _MB, self._settings.memory_mb * _MB))
        except ProcessLookupError:
            return

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe by which the child knew that this process lived."""
    if process.stdin is not None:
        process.stdin.close()


def _last_words(log: Path) -> str:
    """Return the last line that a trial wrote."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")[-_WHY_LETTERS:]
