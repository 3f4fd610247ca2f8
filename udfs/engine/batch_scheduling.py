"""Threads of a TaskManager and of its scoring worker that use up their time slices.

Flink, gRPC and Beam wake dozens of small threads many times a second. Where all cores are busy, Linux lets
each of them interrupt the stages or the scoring worker at once, and their data leaves the core's caches. A
thread that is scheduled as SCHED_BATCH (sched(7)) waits until the slice of the running one is over, a few
milliseconds. This needs no privilege and changes nothing for other programs. docs/performance.md says what
it saves.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def schedule_threads(batch: bool | None) -> None:
    """Make all threads of this process, and those that they start later, SCHED_BATCH.

    Operators call this in `open`. False undoes what an earlier job has set, None leaves everything as it is.
    A thread with any other policy keeps it. Does nothing where the system has no such policy or forbids it.
    """
    if batch is None or not hasattr(os, "SCHED_BATCH"):
        return
    before, policy = (os.SCHED_OTHER, os.SCHED_BATCH) if batch else (os.SCHED_BATCH, os.SCHED_OTHER)
    asked: set[int] = set()
    while threads := _threads(before) - asked:  # again, for threads that others have started meanwhile
        for thread in threads:
            with suppress(OSError):  # it has ended, or it is forbidden
                os.sched_setscheduler(thread, policy, os.sched_param(0))
        asked |= threads


def _threads(policy: int) -> set[int]:
    """Return the threads of this process that have this policy."""
    found = set()
    for path in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            if os.sched_getscheduler(int(path.name)) == policy:
                found.add(int(path.name))
    return found
