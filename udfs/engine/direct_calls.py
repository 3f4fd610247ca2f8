"""PyFlink's way to a function, without what thread mode wraps around each element.

For each element PyFlink makes a `Row`, runs through four generators and takes the result apart again: more
than a stage's own work (docs/performance.md). Here Java calls the function itself, with the element as it
comes. These are internals of PyFlink 2.3: they stand only here, and where they are not found, a function is
called the usual way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_OPERATIONS = "pyflink.fn_execution.embedded.operations"

Process = Callable[[Any], Any]
"""From an element to an iterator, a Python or a Java one (`StateCalls.rows`)."""


def call_directly(process: Process, name: str = "process_element") -> Process | None:
    """Let Java call `process` for each element, with what it hands over, and take from it what Java expects;
    call this in `open`.

    A row is (kind, (field, ...)) on both sides; a keyed function gets the row that was keyed. Returns the
    way that it replaces, or None outside of thread mode, where nothing is replaced.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        operation: Any = frame.f_locals.get("self")
        if type(operation).__module__ == _OPERATIONS and hasattr(operation, name):
            if len(operation._operations) > 1:  # chained in Python: the results go to the next function
                return None
            usual: Process = getattr(operation, name)
            setattr(operation, name, process)
            return usual
        frame = frame.f_back
    return None
