"""How an operator that waits learns that its task is being cancelled."""

from __future__ import annotations

import sys
from collections.abc import Callable


def cancellation() -> Callable[[], bool]:
    """Return a function that says whether Flink has interrupted this task, which it does to cancel it.

    An operator in thread mode must look while it waits: otherwise Flink ends the whole TaskManager after
    three minutes. A worker in process mode is simply killed, and gets a function that says no.
    """
    if "_pemja" not in sys.modules:
        return lambda: False
    from pemja import findClass

    thread = findClass("java.lang.Thread")
    return lambda: bool(thread.currentThread().isInterrupted())
