"""The keyed state of a stage: one record, as bytes."""

from __future__ import annotations

from pickletools import genops
from typing import Any

from pyflink.common import Types
from pyflink.datastream import RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from domain.memory.forgetting import CLEARED
from udfs.engine.state_expiry import expiry

_PICKLED = 0x80
"""First byte of a pickled record, as savepoints of older versions hold them. A plain record begins with its
version, which is small.
"""


class RecordState:
    """The record of the current key; it is read and written in Java (`StateCalls`, `ManyRecords`).

    The only state of bytes in PyFlink that may be empty is a pickled one. In thread mode the bytes go to
    Java unpickled, as they are.
    """

    def __init__(self, context: RuntimeContext, name: str, ttl_ms: int) -> None:
        descriptor = ValueStateDescriptor(name, Types.PICKLED_BYTE_ARRAY())
        descriptor.enable_time_to_live(expiry(ttl_ms))
        state: Any = context.get_state(descriptor)
        self.java: Any = getattr(state, "_state", None)
        """Flink's own object; None outside of thread mode."""
        self._clear = (state if self.java is None else self.java).clear

    def changed(self, record: bytes | None) -> bytes | None:
        """Return what is to be stored under the current key, None for nothing: what is to go goes here."""
        if record != CLEARED:
            return record
        self._clear()
        return None


def unpickled(stored: bytes | None) -> bytes | None:
    """Return a record as a state holds it. A pickle is never run: only the one constant in it is read."""
    if stored is not None and stored[0] == _PICKLED:
        return next(argument for _, argument, _ in genops(stored) if isinstance(argument, bytes))
    return stored
