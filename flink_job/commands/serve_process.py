"""The worker as a process of its own beside the web part: started again when it ends, ended with it.

Either ends with the process that started it, however that ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
WORKER_NICE = 5
"""The worker gives way to the web part: somebody waits for its answers."""
_LIVED_S = 60.0  # a worker that lived for so long is started again after the first pause
_END_S = 20.0
_CHILD = "RINGWATCH_ENDS_WITH_PARENT"
"""Set in a child's environment: its standard input ends with its parent."""


class WorkerProcess:
    """`ringwatch serve --only worker` beside this process, as long as the context lasts."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._command = [sys.executable, "-m", "flink_job.cli", *worker_words(args)]
        self._process: subprocess.Popen[bytes] | None = None
        self._ending, self._starting = threading.Event(), threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name="worker", daemon=True)

    def __enter__(self) -> Callable[[], None]:
        """Start it, and return what begins its end."""
        self._watcher.start()
        return self._begin_end

    def __exit__(self, *_: object) -> None:
        self._begin_end()
        process = self._process
        if process is not None:
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._watcher.join(_END_S)

    def _begin_end(self) -> None:
        """Tell the worker to end, once: a second signal would end it in the middle of something."""
        with self._starting:
            if not self._ending.is_set() and self._process is not None:
                self._process.send_signal(signal.SIGTERM)
            self._ending.set()

    def _watch(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._ending.is_set():
            began, process = time.monotonic(), self._started()
            if process is None:
                return
            code = process.wait()
            if self._ending.is_set():
                return
            pause = FIRST_PAUSE_S if time.monotonic() - began > _LIVED_S else pause
            structlog.get_logger("ringwatch.serve").error("the worker ended", code=code, again_in_s=pause)
            self._ending.wait(pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Return the worker, started, or None where the end began before."""
        with self._starting:
            if self._ending.is_set():
                return None
            # a session of its own: Ctrl-C on a terminal reaches this process only, which ends the worker
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, env=child_environment(), start_new_session=True
            )
            os.setpriority(os.PRIO_PROCESS, self._process.pid, os.getpriority(os.PRIO_PROCESS, 0) + WORKER_NICE)
            return self._process


def worker_words(args: argparse.Namespace) -> Sequence[str]:
    """Return the words that start the worker with the settings of this command.

    The worker listens nowhere: it needs the address for links.
    """
    address = [("--host", args.host), ("--port", args.port)]
    given = [word for name, value in address if value is not None for word in (name, str(value))]
    return ["serve", "--only", "worker", *settings_words(args), *given]


def settings_words(args: argparse.Namespace) -> Sequence[str]:
    """Return the words that give another command the settings of this one."""
    config = ["--config", str(args.config)] if args.config else []
    return [*config, *(word for one in args.set for word in ("--set", one)), *(["--debug"] * args.debug)]


def child_environment() -> dict[str, str]:
    """Return the environment of a `serve` that is to end with this process: its standard input is a pipe."""
    return {**os.environ, _CHILD: "1"}


@contextmanager
def ended_with_parent() -> Iterator[None]:
    """Send SIGTERM to this process when its parent is gone, if that started it so."""
    if os.environ.pop(_CHILD, None):
        threading.Thread(target=_await_end, name="parent", daemon=True).start()
    yield


def _await_end() -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock the end of the interpreter would wait for
        pass
    os.kill(os.getpid(), signal.SIGTERM)
