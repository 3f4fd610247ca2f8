"""The states of several operators behind one call to read and one to write.

A call from Python into Java costs 1 to 4 us, most of it for the way over, and an event makes four to each of its states: for the
key's row, the key, the value and its update. The JDK's method handles (java.lang.invoke) put such calls together on Java's side:
3 to 4 us for all of them (docs/performance.md). How PyFlink 2.3 holds these objects stands here and in `record_state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyflink.metrics import Counter

Keys = tuple[int, ...]
Records = tuple[bytes | None, ...]

_OBJECT = "Ljava/lang/Object;"
_ONE_ARGUMENT = f"({_OBJECT}){_OBJECT}"


class JoinedStates:
    """Value states of bytes, each with the keyed state backend of its operator; both are Java objects.

    Only the thread of the task may use it, and between two of Flink's own elements nothing else sets these keys.
    """

    def __init__(self, states: Sequence[tuple[Any, Any]]) -> None:
        """`states`: per operator the backend and the state."""
        from pemja import findClass

        self._states = states
        self._handles = findClass("java.lang.invoke.MethodHandles")
        self._types = findClass("java.lang.invoke.MethodType")
        self._proxies = findClass("java.lang.invoke.MethodHandleProxies")
        self._classes = findClass("java.lang.Class")
        self._public = self._handles.publicLookup()
        self._loader = states[0][0].getClass().getClassLoader()
        self._array = self._classes.forName("[Ljava.lang.Object;")
        self.write: Callable[[Records], None] = self._function(self._writes())
        """Takes what each state is to hold under the key that was read last; None leaves it as it is."""

    def reader(self, counted: Counter) -> Callable[[Keys], Records]:
        """A function of one key per state, each a row's single field: sets the keys and returns the values, None where there is
        none. It raises `counted` by one.
        """
        reads = self._handles.identity(self._array).asCollector(self._array, len(self._states))
        for position, (backend, state) in enumerate(self._states):
            reads = self._handles.collectArguments(reads, position, self._read(backend, state))
        count = self._method("org.apache.flink.metrics.Counter", "inc", "()V", counted._inner_counter)
        return self._function(self._handles.collectArguments(reads, 0, count))

    def _read(self, backend: Any, state: Any) -> Any:
        """(key) -> value. Flink's own selector makes a key Row.of(key)."""
        row = self._type("()Lorg/apache/flink/types/Row;").returnType()
        key = self._public.findStatic(row, "of", self._type(f"([{_OBJECT})Lorg/apache/flink/types/Row;"))
        key = key.asCollector(self._array, 1).asType(self._type(_ONE_ARGUMENT))
        keyed = self._method("org.apache.flink.runtime.state.KeyedStateBackend", "setCurrentKey", f"({_OBJECT})V", backend)
        value = self._method("org.apache.flink.api.common.state.ValueState", "value", f"(){_OBJECT}", state)
        return self._handles.collectArguments(value, 0, self._handles.collectArguments(keyed, 0, key))

    def _writes(self) -> Any:
        nothing = self._type(f"({_OBJECT})V")
        given = self._public.findStatic(self._named("java.util.Objects"), "nonNull", self._type(f"({_OBJECT})Z"))
        writes = self._handles.empty(self._type(f"(){_OBJECT}"))
        for _, state in reversed(self._states):
            update = self._method("org.apache.flink.api.common.state.ValueState", "update", f"({_OBJECT})V", state)
            write = self._handles.guardWithTest(given, update, self._handles.empty(nothing))
            writes = self._handles.collectArguments(writes, 0, write)
        return writes

    def _method(self, interface: str, name: str, signature: str, of: Any) -> Any:
        """A method of a public interface, bound to its object: the classes behind them are not all public."""
        return self._public.findVirtual(self._named(interface), name, self._type(signature)).bindTo(of)

    def _function(self, handle: Any) -> Callable[[Any], Any]:
        """The handle as a Python function of one tuple."""
        every = self._type(f"({_OBJECT * len(self._states)}){_OBJECT}")
        spread = handle.asType(every).asSpreader(self._array, len(self._states)).asType(self._type(_ONE_ARGUMENT))
        function: Callable[[Any], Any] = self._proxies.asInterfaceInstance(self._named("java.util.function.Function"), spread).apply
        return function

    def _type(self, signature: str) -> Any:
        return self._types.fromMethodDescriptorString(signature, self._loader)

    def _named(self, name: str) -> Any:
        return self._classes.forName(name, True, self._loader)
