"""A worker process must not outlive its TaskManager.

After a `kill -9` of the TaskManager PyFlink's worker may stay for ever (seen: the scoring worker, with 1
GB). A cluster whose TaskManagers come and go would run out of memory.
"""

from __future__ import annotations

import os
import threading
import time
from functools import cache
from pathlib import Path

_LOOK_EVERY_S = 2.0
# set by PyFlink in a process of its own; in the local mode of development the worker is the client itself
_OF_A_WORKER = "WORKER_ID"
_PROC = Path("/proc")


@cache
def end_with_taskmanager() -> None:
    """End this process soon after the Java process that it works for has ended.

    Operators in process mode call this in `open`. Does nothing where there is no /proc, or in a process that
    is not a worker's.
    """
    java = _java_above(os.getpid())
    if _OF_A_WORKER in os.environ and java is not None:
        threading.Thread(target=_watch, args=(java,), name="end-with-taskmanager", daemon=True).start()


def _watch(java: int) -> None:
    born = _stat(java)
    while born is not None and (now := _stat(java)) is not None and now[2] == born[2]:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)


def _java_above(pid: int) -> int | None:
    """Return the nearest ancestor that is a Java process, None if there is none."""
    while pid > 1 and (stat := _stat(pid)) is not None:
        if stat[0] == "java":
            return pid
        pid = stat[1]
    return None


def _stat(pid: int) -> tuple[str, int, str] | None:
    """Return (name, parent, start time) of a process, None if it has ended. See proc(5)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return None if fields[0] in "ZX" else (name, int(fields[1]), fields[19])
