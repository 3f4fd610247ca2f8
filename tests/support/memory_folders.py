"""Folders in memory for databases of the tests: on a disk, files and flushes cost more than what a test does.

They are temporary folders like others where there is no memory to have files in, or little: a container may
have 64 MB.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 << 30
_PREFIX = "rw-test-"


def memory_folder() -> Path:
    """Make a folder, which is the caller's to remove."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_MEMORY if has_room else None))


def remove_those_of_the_dead() -> None:
    """Remove what tests that were killed have left in memory."""
    for folder in _MEMORY.glob(f"{_PREFIX}*"):
        if not psutil.pid_exists(int(folder.name.split("-")[2])):
            shutil.rmtree(folder, ignore_errors=True)
