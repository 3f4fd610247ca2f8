"""Operator: one keyed stage of the graph, a skin over `domain.step.Step.visit`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from domain.graph import DAY_S, GraphSettings
from domain.identity import MISSING
from domain.step import Outcome, Step
from domain.trail import Trail, TrailCodec
from udfs import one_task
from udfs.batch_scheduling import schedule_threads
from udfs.built_with import built_with
from udfs.direct_calls import INSERT, call_directly
from udfs.keys import stage_key
from udfs.record_state import RecordState, unpickled

COUNTED = {Outcome.DUPLICATE: "duplicates", Outcome.LATE: "late"}
SAMPLED = 63
"""One event of 64 is timed, in every stage the same one, so that the difference of two stages' means is the way between them."""


class Stage(KeyedProcessFunction):
    """Keeps the records of one entity kind and passes the growing trail on, keyed for the next stage."""

    def __init__(self, graph: GraphSettings, position: int, batch_scheduling: bool | None = None, in_one_task: bool = False) -> None:
        """`batch_scheduling`: as `schedule_threads` takes it. `in_one_task`: no event comes; the head of the chain calls `visit`, see
        `one_task`.
        """
        self._graph = graph
        self._batch_scheduling = batch_scheduling
        self._in_one_task = in_one_task
        self.position = position
        self._built_with = built_with()

    def open(self, runtime_context: RuntimeContext) -> None:
        self._built_with.check()
        schedule_threads(self._batch_scheduling)
        self._step = Step(self._graph)
        self._codec = TrailCodec(self._graph)
        self._last = self.position == len(self._graph.stages) - 1
        self._state = RecordState(runtime_context, "entity", int(self._graph.ttl_days * DAY_S * 1000))
        metrics = runtime_context.get_metrics_group()
        self._counters = {outcome: metrics.counter(name) for outcome, name in COUNTED.items()}
        self._reached_ms, self._reached = metrics.counter("reached_after_ms"), metrics.counter("reached_samples")
        if self._in_one_task:
            backend: Any = runtime_context.get_keyed_state_backend()
            self.java_state = backend._keyed_state_backend, self._state.java
            one_task.join(self)
        else:
            call_directly(self._process)

    def close(self) -> None:
        if self._in_one_task:
            one_task.leave(self)

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        if fields := self._passed(value):
            yield Row(*fields)

    def _process(self, keyed: tuple[int, tuple[int, bytes]]) -> Iterator[Any]:
        if fields := self._passed(keyed[1][1]):
            yield INSERT, fields

    def _passed(self, payload: bytes) -> tuple[int, bytes] | None:
        """What goes on: the next stage's key, or behind the last the event's time, and the trail."""
        trail = self._codec.decode(payload)
        present = trail.event.key(self.position) != MISSING
        goes_on, record = self.visit(trail, self._state.value() if present else None)
        if record is not None:
            self._state.update(record)
        if not goes_on or (self._last and trail.event.is_label):
            return None
        return trail.event.time_ms if self._last else stage_key(trail, self.position + 1), self._codec.encode(trail)

    def visit(self, trail: Trail, stored: bytes | None) -> tuple[bool, bytes | None]:
        """Read the entity's record into the trail; (does the event go on, the entity's new record or None).

        A duplicate goes no further.
        """
        if not trail.event.id_hash & SAMPLED:
            self._reached_ms.inc(max(0, time.time_ns() // 1_000_000 - trail.entered_ms))
            self._reached.inc()
        outcome, record = self._step.visit(self.position, trail, unpickled(stored))
        if outcome in self._counters:
            self._counters[outcome].inc()
        return outcome is not Outcome.DUPLICATE, record
