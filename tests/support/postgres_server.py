"""A PostgreSQL server of the tests' own, in a folder in memory; it listens on a Unix socket only."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from tests.support.memory_folders import memory_folder

_INSTALLED = Path("/usr/lib/postgresql")  # Debian's place, one folder a version
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "shared_buffers=32MB", "max_connections=60")


def program(name: str) -> Path | None:
    """A program of the newest PostgreSQL that is installed."""
    folders = sorted(_INSTALLED.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    found = shutil.which(name)
    return next((folder / name for folder in folders if (folder / name).exists()), Path(found) if found else None)


class PostgresServer:
    """A server that ends with this process; a context manager. Nothing of it outlives the tests."""

    def __init__(self, *options: str) -> None:
        self._options = options or _FAST
        self._folder = memory_folder()
        # PostgreSQL refuses root
        self._user = next((name for name in ("postgres", "nobody") if _is_user(name)), None) if os.getuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql://ringwatch@/{database}?host={self._folder}"

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def __enter__(self) -> Self:
        if self._user:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        options = ["--auth=trust", "--username=ringwatch", "--encoding=UTF8", "--locale=C", "--no-sync", f"--pgdata={data}"]
        subprocess.run([str(program("initdb")), *options], check=True, capture_output=True, **self._as_user())
        wanted = [f"unix_socket_directories={self._folder}", "listen_addresses=", *self._options]
        command = [str(program("postgres")), "-D", str(data), *(part for option in wanted for part in ("-c", option))]
        log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            command, stdout=log, stderr=log, preexec_fn=_end_with_parent, start_new_session=True, **self._as_user()
        )
        log.close()
        self._wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # at once
            self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.run("SELECT 1")
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self._folder / "log").read_text()) from None
                time.sleep(0.02)

    def _as_user(self) -> dict[str, Any]:
        user = {} if self._user is None else {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}
        return {"cwd": self._folder, **user}


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _end_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
