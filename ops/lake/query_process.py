"""A query in a process of its own, with the bounds that DuckDB does not keep itself.

It does not count the bytes of texts, and does not end in the middle of one: `repeat('x', 4000000000)` is one
value, made in one go, while no other thread of Python may run.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ops.lake.query_check import QueryError

_MORE_MB, _MORE_S = 1024, 5.0
"""Beyond the query's own limits: what Python, Arrow and threads take, and the time to open and stop."""
_LOOK_S = 0.02


def run_bounded(work: Callable[[], int], memory_mb: int, seconds: float) -> int:
    """Return what `work` returns in a child of this process; kill it where it takes far too long.

    This process must have no other threads. Raises QueryError where the child was killed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        _work(work, memory_mb)
    try:
        status = _awaited(child, time.monotonic() + seconds + _MORE_S)
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if status is None:
        raise QueryError(f"the query took more than {seconds:g} s: ask for less at once, or raise lake.query_s")
    if status < 0:
        raise QueryError(f"the query needs more than {memory_mb} MB: ask for less at once, or raise lake.query_memory_mb")
    return status


def _work(work: Callable[[], int], memory_mb: int) -> None:
    """Run in the child, and end it."""
    code = 1
    try:
        limit = _data_bytes() + (memory_mb + _MORE_MB) * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = work()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _awaited(child: int, deadline: float) -> int | None:
    """Return the exit code of a child, less than 0 for a signal; None if it has none at the deadline."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_LOOK_S)
    return None


def _data_bytes() -> int:
    """Return the private writable memory of this process, 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmData:")), 0)
