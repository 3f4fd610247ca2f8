"""Calls from Python into Java, several put together into one by the JDK's method handles (java.lang.invoke).

Such a call costs 1 to 4 us, most of it for crossing over. Put together on Java's side, without a line of
Java, several cost little more than one (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

OBJECT = "Ljava/lang/Object;"
_CLOSEABLE = "Lorg/apache/flink/util/CloseableIterator;"
ONE_ARGUMENT = f"({OBJECT}){OBJECT}"


class JavaCalls:
    """A finder of Java's public methods, which makes Python functions of them. Thread mode only."""

    def __init__(self) -> None:
        from pemja import findClass

        self.all = findClass("java.lang.invoke.MethodHandles")
        """Java's own class, whose static methods combine handles."""
        self._types = findClass("java.lang.invoke.MethodType")
        self._proxies = findClass("java.lang.invoke.MethodHandleProxies")
        self._classes = findClass("java.lang.Class")
        self._public = self.all.publicLookup()
        self._loader = findClass("java.lang.Thread").currentThread().getContextClassLoader()
        self.array = self._classes.forName("[Ljava.lang.Object;")

    def type(self, signature: str) -> Any:
        """Return the method type of a JVM's descriptor such as (I)V."""
        return self._types.fromMethodDescriptorString(signature, self._loader)

    def named(self, name: str) -> Any:
        """Return the class object."""
        return self._classes.forName(name, True, self._loader)

    def method(self, interface: str, name: str, signature: str) -> Any:
        """Return a method of a public interface, with the object as its first argument.

        It is looked up in the interface, because not all classes that implement one are public.
        """
        return self._public.findVirtual(self.named(interface), name, self.type(signature))

    def static(self, of: str, name: str, signature: str) -> Any:
        """Return a static method of a class."""
        return self._public.findStatic(self.named(of), name, self.type(signature))

    def constructor(self, of: str, signature: str) -> Any:
        """Return a constructor of a public class."""
        return self._public.findConstructor(self.named(of), self.type(signature))

    def closeable(self) -> Any:
        """Return the handle (java.util.Iterator) -> Flink's iterator that may be closed."""
        return self.static("org.apache.flink.util.CloseableIterator", "adapterForIterator", f"(Ljava/util/Iterator;){_CLOSEABLE}")

    def collected(self, handle: Any, count: int) -> Any:
        """Return a handle that takes `count` arguments in place of the array that `handle` ends with."""
        return handle.asCollector(self.array, count)

    def function(self, handle: Any, count: int) -> Callable[[Any], Any]:
        """Return a handle of `count` arguments as a Python function of one tuple."""
        every = self.type(f"({OBJECT * count}){OBJECT}")
        spread = handle.asType(every).asSpreader(self.array, count).asType(self.type(ONE_ARGUMENT))
        function: Callable[[Any], Any] = self._proxies.asInterfaceInstance(self.named("java.util.function.Function"), spread).apply
        return function
