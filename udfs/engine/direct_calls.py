"""PyFlink's way to a function, without what thread mode wraps around each element.

For each element PyFlink makes a `Row`, runs through four generators and takes the result apart again. That
costs more than a stage's own work (docs/performance.md). Here Java calls the function itself, with the
element as it comes. These internals of PyFlink 2.3 are used only here; where they are not found, PyFlink
calls the function the usual way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_OPERATIONS = "pyflink.fn_execution.embedded.operations"

Process = Callable[[Any], Any]
"""A function from an element to an iterator, a Python or a Java one (`StateCalls.rows`)."""


def call_directly(process: Process, name: str = "process_element") -> Process | None:
    """Let Java call `process` for each element, in place of the operator's method `name`.

    Call this in the operator's `open`. `process` takes what Java hands over and returns what Java expects: a
    row is (kind, (field, ...)) on both sides, and a keyed function gets the row that was keyed. Returns the
    way that is replaced, or None outside of thread mode, where nothing is replaced.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        operation: Any = frame.f_locals.get("self")
        if type(operation).__module__ == _OPERATIONS and hasattr(operation, name):
            if len(operation._operations) > 1:  # chained in Python: results go to the next function
                return None
            usual: Process = getattr(operation, name)
            setattr(operation, name, process)
            return usual
        frame = frame.f_back
    return None
