"""Lets the threads of a TaskManager and of its scoring worker use up their time slices: see docs/performance.md for what that saves.

Flink, gRPC and Beam wake dozens of small threads many times a second. Where all cores are busy, Linux lets each of them interrupt
a stage or the scoring worker at once, whose data then has left the core's caches. A thread that is scheduled as SCHED_BATCH
(sched(7)) waits until the slice of the one that runs is over, a few milliseconds. It takes no privilege, and other programs on
the machine are treated as before.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path


@cache
def use_batch_scheduling() -> None:
    """Called by an operator when it opens: all threads of this process, and those that they start later, become SCHED_BATCH.

    A thread that somebody has given another policy than the usual one keeps it. Does nothing where the system knows no such
    policy or forbids it.
    """
    if not hasattr(os, "SCHED_BATCH"):
        return
    asked: set[int] = set()
    while threads := _usual_threads() - asked:  # once more for those that others have started meanwhile
        for thread in threads:
            with suppress(OSError):  # it has ended, or it is forbidden
                os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))
        asked |= threads


def _usual_threads() -> set[int]:
    """The threads of this process that have the usual policy."""
    usual = set()
    for path in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            if os.sched_getscheduler(int(path.name)) == os.SCHED_OTHER:
                usual.add(int(path.name))
    return usual
