"""The lock on a server's folder: two servers that append to the same file would destroy each other's data."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from domain.errors import SettingError

LOCK_FILE = ".ringwatch-redis.lock"
_PATIENCE_S = 1.0
"""A server whose parent was killed needs a moment to end."""


class FolderInUseError(SettingError):
    """A running server has the folder; the text names its process and the mend."""


def lock_folder(folder: Path) -> int:
    """Make the folder if need be and return a descriptor that holds its lock until all its copies are closed.

    The server inherits a copy, so the lock outlives a parent that is killed for as long as the server does.

    Raises:
        FolderInUseError: another server has it.
        OSError: the folder cannot be made, written to or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock, folder)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _take(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                owner = os.pread(lock, 20, 0).decode(errors="replace").strip()
                who = f"the server of process {owner}" if owner.isdigit() else "another server"
                raise FolderInUseError(f"--folder: {who} keeps its data in {folder}: end it first, or name another --folder") from None
            time.sleep(0.02)
        else:
            return
