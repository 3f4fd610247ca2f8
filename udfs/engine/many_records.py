"""The records of many keys of a stage, in two calls to Java: one reads all of them, one writes them and hands
on what goes on. Thread mode only. See `flink_job/java/ManyRecords.java`.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from udfs.engine.java_calls import OBJECT, JavaCalls
from udfs.engine.record_state import unpickled

_CLASS = "ringwatch.ManyRecords"
_BACKEND, _STATE = "org.apache.flink.runtime.state.KeyedStateBackend", "org.apache.flink.api.common.state.ValueState"


class ManyRecords:
    """The records of one stage. Only the thread of its task may use them."""

    def __init__(self, backend: Any, state: Any) -> None:
        """Take the stage's keyed state backend and its state, two Java objects (`StageState.java`)."""
        handles = JavaCalls()
        made = handles.constructor(_CLASS, f"(L{_BACKEND.replace('.', '/')};L{_STATE.replace('.', '/')};)V")
        records = handles.function(made, 2)((backend, state))
        read = handles.method(_CLASS, "read", f"([B)[{OBJECT}").bindTo(records)
        write = handles.method(_CLASS, "write", f"([B[{OBJECT}[{OBJECT})Ljava/util/Iterator;").bindTo(records)
        write = handles.all.filterReturnValue(write, handles.closeable())
        self._read, self._write = handles.function(read, 1), handles.function(write, 3)

    def read(self, keys: Collection[int]) -> dict[int, bytes | None]:
        """Return the record of each key, None where there is none."""
        return {key: unpickled(record) for key, record in zip(keys, self._read((_packed(keys),)), strict=True)}

    def write(self, records: Mapping[int, bytes | None], goes_on: Sequence[Any]) -> Any:
        """Store records by their keys, forget those that are None, and return what a function returns for
        these elements: a Java iterator.
        """
        return self._write((_packed(records), tuple(records.values()), tuple(goes_on)))


def _packed(keys: Collection[int]) -> bytes:
    return struct.pack(f"<{len(keys)}q", *keys)
