"""Keeps the stages of a TaskManager on one CPU. Ugly, and worth a fifth of their CPU time in the median: see docs/performance.md.

The stages are threads of one process and share one interpreter: only one of them runs Python at a time. On two CPUs the
interpreter's lock wanders from core to core with each event. Linux only.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from pathlib import Path

_choosing = threading.Lock()
_held: list[tuple[int | None, int]] = []
"""The CPU of this process, None if it has none, and the descriptor of the lock that keeps it, held as long as the process lives."""


def keep_to_one_core(folder: Path | None = None) -> None:
    """Move the calling thread, and it alone, to the CPU that this process has taken for its stages.

    Each process takes another one, by a lock file in `folder` (default: the machine's temporary folder). Where all are
    taken, or the system knows no such thing, the thread stays free.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    with _choosing:
        if not _held:
            _held.append(_take(folder or Path(tempfile.gettempdir())))
    core = _held[0][0]
    if core is not None:
        os.sched_setaffinity(0, {core})


def _take(folder: Path) -> tuple[int | None, int]:
    for core in sorted(os.sched_getaffinity(os.getpid())):
        try:
            lock = os.open(folder / f"ringwatch-core-{core}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:  # another user's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return core, lock
    return None, -1
