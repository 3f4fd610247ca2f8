"""The worker as a process of its own beside the web part: started again when it ends, ended with it."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
_LIVED_S = 60.0  # a worker that lived for so long is started again after the first pause
_END_S = 20.0
_CHILD = "RINGWATCH_WORKER_WITH_PARENT"
"""Set in the worker's environment: its standard input ends with its parent."""


class WorkerProcess:
    """`ringwatch serve --only worker` beside this process, as long as the context lasts."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._command = [sys.executable, "-m", "flink_job.cli", *worker_words(args)]
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="worker", daemon=True)

    def __enter__(self) -> WorkerProcess:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._watcher.join(_END_S)

    def _watch(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._ending.is_set():
            began = time.monotonic()
            # a session of its own: Ctrl-C on a terminal reaches this process only, which ends the worker
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, env={**os.environ, _CHILD: "1"}, start_new_session=True
            )
            if self._ending.is_set():  # it was started while the end began
                self._process.send_signal(signal.SIGTERM)
            code = self._process.wait()
            if self._ending.is_set():
                return
            pause = FIRST_PAUSE_S if time.monotonic() - began > _LIVED_S else pause
            structlog.get_logger("ringwatch.serve").error("the worker ended", code=code, again_in_s=pause)
            self._ending.wait(pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)


def worker_words(args: argparse.Namespace) -> Sequence[str]:
    """Return the words that start the worker with the settings of this command."""
    config = ["--config", str(args.config)] if args.config else []
    return ["serve", "--only", "worker", *config, *(word for one in args.set for word in ("--set", one)), *(["--debug"] * args.debug)]


@contextmanager
def ended_with_parent() -> Iterator[None]:
    """Send SIGTERM to this process when its parent is gone, if a web part started it."""
    if os.environ.pop(_CHILD, None):
        threading.Thread(target=_await_end, name="parent", daemon=True).start()
    yield


def _await_end() -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock the end of the interpreter would wait for
        pass
    os.kill(os.getpid(), signal.SIGTERM)
