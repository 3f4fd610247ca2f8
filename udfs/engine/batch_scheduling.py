"""Lets the threads of a TaskManager and of its scoring worker use up their time slices: see
docs/performance.md for what that saves.

Flink, gRPC and Beam wake dozens of small threads many times a second. Where all cores are busy, Linux lets
each of them interrupt the stages or the scoring worker at once, whose data then has left the core's caches.
A thread that is scheduled as SCHED_BATCH (sched(7)) waits until the slice of the one that runs is over, a
few milliseconds. It takes no privilege, and other programs on the machine are treated as before.

Only with one subtask: several that run in turn and not side by side drift further apart, and swap more
events of one entity.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def schedule_threads(batch: bool | None) -> None:
    """Called by an operator when it opens: all threads of this process, and those that they start later,
    become SCHED_BATCH.

    False takes back what a job before has left behind, None leaves everything as it is. A thread that
    somebody has given another policy keeps it. Does nothing where the system knows no such policy or forbids
    it.
    """
    if batch is None or not hasattr(os, "SCHED_BATCH"):
        return
    before, policy = (os.SCHED_OTHER, os.SCHED_BATCH) if batch else (os.SCHED_BATCH, os.SCHED_OTHER)
    asked: set[int] = set()
    while threads := _threads(before) - asked:  # once more for those that others have started meanwhile
        for thread in threads:
            with suppress(OSError):  # it has ended, or it is forbidden
                os.sched_setscheduler(thread, policy, os.sched_param(0))
        asked |= threads


def _threads(policy: int) -> set[int]:
    """The threads of this process that have this policy."""
    found = set()
    for path in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            if os.sched_getscheduler(int(path.name)) == policy:
                found.add(int(path.name))
    return found
