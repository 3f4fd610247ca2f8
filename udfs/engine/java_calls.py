"""The JDK's method handles (java.lang.invoke), by which several calls from Python into Java become one.

Such a call costs 1 to 4 us, most of it for the way over. Put together on Java's side, without a line of
Java, several cost little more than one (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OBJECT = "Ljava/lang/Object;"
ONE_ARGUMENT = f"({OBJECT}){OBJECT}"


class JavaCalls:
    """Finds methods of public classes and makes Python functions of handles. Only inside a TaskManager:
    thread mode.
    """

    def __init__(self) -> None:
        from pemja import findClass

        self.all = findClass("java.lang.invoke.MethodHandles")
        """Java's own class: its static methods combine handles."""
        self._types = findClass("java.lang.invoke.MethodType")
        self._proxies = findClass("java.lang.invoke.MethodHandleProxies")
        self._classes = findClass("java.lang.Class")
        self._public = self.all.publicLookup()
        self._loader = findClass("java.lang.Thread").currentThread().getContextClassLoader()
        self.array = self._classes.forName("[Ljava.lang.Object;")

    def type(self, signature: str) -> Any:
        """Of a JVM's descriptor such as (I)V."""
        return self._types.fromMethodDescriptorString(signature, self._loader)

    def named(self, name: str) -> Any:
        """The class object."""
        return self._classes.forName(name, True, self._loader)

    def method(self, interface: str, name: str, signature: str) -> Any:
        """A method of a public interface, the object first: the classes behind them are not all public."""
        return self._public.findVirtual(self.named(interface), name, self.type(signature))

    def static(self, of: str, name: str, signature: str) -> Any:
        return self._public.findStatic(self.named(of), name, self.type(signature))

    def collected(self, handle: Any, count: int) -> Any:
        """A handle that ends with an array, called with its `count` elements instead."""
        return handle.asCollector(self.array, count)

    def function(self, handle: Any, count: int) -> Callable[[Any], Any]:
        """A handle of `count` arguments as a Python function of one tuple."""
        every = self.type(f"({OBJECT * count}){OBJECT}")
        spread = handle.asType(every).asSpreader(self.array, count).asType(self.type(ONE_ARGUMENT))
        function: Callable[[Any], Any] = self._proxies.asInterfaceInstance(self.named("java.util.function.Function"), spread).apply
        return function
