"""Operator: lines and enriched documents by event -> documents with their line, a skin over
`domain.decisions.raw_event`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, TimeDomain
from pyflink.datastream.state import ValueStateDescriptor

from domain.decisions.raw_event import WAITS_MS, Half, Joined, taken, timed_out
from domain.times import now_ms


class JoinRaw(KeyedProcessFunction):
    """What waits is the state of its event's key; a line has a timer of event time, then one by the clock."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state and counter ready. Flink calls this once per attempt, before the first half or timer."""
        self._state = runtime_context.get_state(ValueStateDescriptor("waiting", Types.PICKLED_BYTE_ARRAY()))
        self._opened_ms = now_ms()
        self._without = runtime_context.get_metrics_group().counter("enriched_without_raw")

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        """Take a line or a document in; yield the document that it completes."""
        waiting, came = self._waiting(), Half.of(bytes(value))
        joined = taken(came, waiting)
        if waiting and joined.waiting != waiting:
            ctx.timer_service().delete_event_time_timer(waiting.ends_ms)
        if joined.waiting is came:
            joined = Joined(joined.document, self._timed(came, ctx.timer_service()))
        yield from self._published(joined, waiting, came.is_document and waiting is not None and waiting.is_document)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[str]:
        """End the wait: a document goes on without a line, a line is dropped."""
        waiting, timers = self._waiting(), ctx.timer_service()
        if ctx.time_domain() is TimeDomain.PROCESSING_TIME:
            self._dropped(waiting, timestamp, timers)
        elif waiting is not None and not waiting.is_document and waiting.ends_ms <= timestamp:
            timers.register_processing_time_timer(now_ms() + WAITS_MS)
        else:
            yield from self._published(timed_out(waiting, timestamp), waiting, True)

    def _dropped(self, waiting: Half | None, timestamp: int, timers: Any) -> None:
        """Drop a line; after a restart not before what was on its way has had its time."""
        if waiting is None or waiting.is_document:
            return
        ends_ms = self._opened_ms + WAITS_MS
        if timestamp < ends_ms:
            timers.register_processing_time_timer(ends_ms)
        else:
            self._state.clear()

    def _waiting(self) -> Half | None:
        stored = self._state.value()
        return Half.of(stored) if stored else None

    def _timed(self, came: Half, timers: Any) -> Half:
        ends_ms = max(came.clock_ms, timers.current_watermark()) + WAITS_MS
        timers.register_event_time_timer(ends_ms)
        return replace(came, ends_ms=ends_ms)

    def _published(self, joined: Joined, before: Half | None, is_alone: bool) -> Iterator[str]:
        """Store what waits; yield the document, which may go on alone."""
        if joined.waiting is None:
            self._state.clear()
        elif joined.waiting != before:
            self._state.update(joined.waiting.to_bytes())
        if joined.document is not None:
            if is_alone:
                self._without.inc()
            yield joined.document
