"""Counters that Python raises without a call into Java, exact whenever a metrics reporter reads them.

A `Counter.inc` in the TaskManager's interpreter is a call into Java of about 1 us. Counts that are kept in
Python and passed on later are wrong while the stream pauses. These are in memory outside of Java's heap:
Python writes there, Java's gauges read there. Only this module knows how PyFlink 2.3 holds a metric group in
thread mode. Without a Java group PyFlink's own gauges read the counters.
"""

from __future__ import annotations

from ctypes import Array, addressof, c_int64, sizeof
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

_WORD = sizeof(c_int64)


class SharedCounters:
    """Counters of signed 64 bits from 0 on, side by side; only the thread of the task may write them."""

    def __init__(self, group: MetricGroup, size: int) -> None:
        """Make `size` counters; `group` is any metric group of the operator."""
        java_group = getattr(group, "_metrics", None)
        self._off_heap = None if java_group is None else _OffHeap(java_group.getClass().getClassLoader(), size)
        self.cells: Array[c_int64] = (c_int64 * size)() if self._off_heap is None else (c_int64 * size).from_address(self._off_heap.address)
        """i64[size]. This object keeps the memory: use neither it nor the address after the object's end."""
        self.address = addressof(self.cells)

    def show(self, group: MetricGroup, name: str, index: int) -> None:
        """Export a counter as the group's metric `name`; one counter may have several names.

        Raises IndexError if there is no such counter.
        """
        cells = self.cells
        if not 0 <= index < len(cells):
            raise IndexError(f"there are {len(cells)} counters, and none at {index}")
        if self._off_heap is None:
            group.gauge(name, lambda: cells[index])
        else:
            java_group: Any = group
            java_group._metrics.gauge(name, self._off_heap.gauge(index))


class _OffHeap:
    """Zeroed memory that lives as long as this object, or a gauge that reads it."""

    def __init__(self, loader: Any, size: int) -> None:
        from pemja import findClass

        segment = findClass("org.apache.flink.core.memory.MemorySegmentFactory").allocateUnpooledOffHeapMemory(size * _WORD)
        self._segment = segment
        self.address: int = segment.getAddress()
        self._proxies = findClass("java.lang.invoke.MethodHandleProxies")
        self._interface = findClass("java.lang.Class").forName("org.apache.flink.metrics.Gauge", True, loader)
        handles, types = findClass("java.lang.invoke.MethodHandles"), findClass("java.lang.invoke.MethodType")
        signature, boxed = (types.fromMethodDescriptorString(text, loader) for text in ("(I)J", "(Ljava/lang/Object;)J"))
        read = handles.publicLookup().findVirtual(segment.getClass(), "getLong", signature).bindTo(segment)
        self._read = handles.explicitCastArguments(read, boxed)  # only objects can be bound

    def gauge(self, index: int) -> Any:
        """Return Java's gauge of a counter, which reads it without Python."""
        return self._proxies.asInterfaceInstance(self._interface, self._read.bindTo(index * _WORD))
