"""How an operator that waits learns that its task is being cancelled."""

from __future__ import annotations

import sys
from collections.abc import Callable


def cancellation() -> Callable[[], bool]:
    """Whether Flink has interrupted this task, which it does to cancel it.

    Only in thread mode can the operator know; without looking it would wait on until Flink, after three
    minutes, ends the whole TaskManager. A worker of process mode is simply killed.
    """
    if "_pemja" not in sys.modules:
        return lambda: False
    from pemja import findClass

    thread = findClass("java.lang.Thread")
    return lambda: bool(thread.currentThread().isInterrupted())
