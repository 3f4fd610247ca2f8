"""An operator's states in two calls to Java: one reads all of them, one writes them and hands a row on.

Otherwise an event makes four calls to each of its states: for the key's row, the key, the value and its
update. Put together (`JavaCalls`) all of them take 3 to 4 us. Only this module and `record_state` know how
PyFlink 2.3 holds these objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from udfs.engine.java_calls import OBJECT, ONE_ARGUMENT, JavaCalls

if TYPE_CHECKING:
    from pyflink.metrics import Counter

Keys = tuple[int, ...]
Records = tuple[bytes | None, ...]

INSERT = 0
"""The row kind that Java expects in front of the fields of a row."""


class StateCalls:
    """The value states of some operators, and the rows that go on. Thread mode only.

    Only the thread of the task may use it: between two elements of Flink nothing else sets these keys.
    """

    def __init__(self, states: Sequence[tuple[Any, Any]]) -> None:
        """Take per operator its keyed state backend and its state, two Java objects."""
        self._states = states
        self._handles = JavaCalls()
        self._rows = self._row_holder()
        self.rows: Any = self._closeable(self._rows)
        """A Java iterator over the row that was written last: what a function returns. A Python generator
        would cost Java two calls and, at its end, an exception."""
        self._write = self._handles.function(self._writes(), len(states) + 1)

    def write(self, records: Records, fields: tuple[Any, ...] | None) -> Any:
        """Store each state's record under the key that is set, and hold the row that goes on. Return `rows`.

        A record that is None leaves its state as it is. `fields` is None if no row goes on.
        """
        self._write((*records, fields and (INSERT, fields)))
        return self.rows

    def reader(self, counted: Counter) -> Callable[[Keys], Records]:
        """Return a function that sets one key per state and returns their values, None where there is none.

        Each key is the single field of a row. Each call raises `counted` by one.
        """
        handles, count = self._handles, len(self._states)
        reads = handles.collected(handles.all.identity(handles.array), count)
        for position, (backend, state) in enumerate(self._states):
            reads = handles.all.collectArguments(reads, position, self._read(backend, state))
        increment = handles.method("org.apache.flink.metrics.Counter", "inc", "()V").bindTo(counted._inner_counter)
        return handles.function(handles.all.collectArguments(reads, 0, increment), count)

    def _read(self, backend: Any, state: Any) -> Any:
        """Return the handle (key) -> value. Flink's own selector makes a key Row.of(key)."""
        handles = self._handles
        key = handles.static("org.apache.flink.types.Row", "of", f"([{OBJECT})Lorg/apache/flink/types/Row;")
        key = handles.collected(key, 1).asType(handles.type(ONE_ARGUMENT))
        keyed = handles.method("org.apache.flink.runtime.state.KeyedStateBackend", "setCurrentKey", f"({OBJECT})V").bindTo(backend)
        value = handles.method("org.apache.flink.api.common.state.ValueState", "value", f"(){OBJECT}").bindTo(state)
        return handles.all.collectArguments(value, 0, handles.all.collectArguments(keyed, 0, key))

    def _row_holder(self) -> Any:
        """Return a java.util.ListIterator that has passed the one element of its list."""
        handles = self._handles
        listed = handles.collected(handles.static("java.util.Arrays", "asList", f"([{OBJECT})Ljava/util/List;"), 1)
        iterator = handles.method("java.util.List", "listIterator", "()Ljava/util/ListIterator;")
        # Made in one call: a list that came to Python on the way would be a copy.
        made = handles.function(handles.all.filterReturnValue(listed, iterator), 1)(("",))
        made.next()
        return made

    def _closeable(self, iterator: Any) -> Any:
        return self._handles.function(self._handles.closeable(), 1)((iterator,))

    def _writes(self) -> Any:
        """Return the handle (value per state, row) -> null."""
        writes = self._handles.all.empty(self._handles.type(f"(){OBJECT}"))
        writes = self._handles.all.collectArguments(writes, 0, self._if_given(self._hold_row()))
        for _, state in reversed(self._states):
            update = self._handles.method("org.apache.flink.api.common.state.ValueState", "update", f"({OBJECT})V").bindTo(state)
            writes = self._handles.all.collectArguments(writes, 0, self._if_given(update))
        return writes

    def _hold_row(self) -> Any:
        """Return the handle (row) -> nothing: the iterator moves back before its element, now the row."""
        handles = self._handles
        back = handles.method("java.util.ListIterator", "previous", f"(){OBJECT}").bindTo(self._rows).asType(handles.type("()V"))
        put = handles.method("java.util.ListIterator", "set", f"({OBJECT})V").bindTo(self._rows)
        return handles.all.collectArguments(put, 0, back)

    def _if_given(self, handle: Any) -> Any:
        """Return the handle (value) -> nothing that does nothing for null."""
        given = self._handles.static("java.util.Objects", "nonNull", f"({OBJECT})Z")
        return self._handles.all.guardWithTest(given, handle, self._handles.all.empty(self._handles.type(f"({OBJECT})V")))
