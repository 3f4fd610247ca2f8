"""Operator: one keyed stage of the graph, a skin over `domain.step.Step.through`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from domain.events.identity import MISSING
from domain.graph import DAY_S, GraphSettings
from domain.memory.trail import id_hash, is_label
from domain.step import Outcome, Step
from udfs.approve import Approve
from udfs.engine import one_task
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.direct_calls import call_directly
from udfs.engine.keys import stage_key
from udfs.engine.one_task import SAMPLED
from udfs.engine.record_state import RecordState
from udfs.engine.state_calls import JoinedStates, Records
from udfs.engine.worker_match import built_with

COUNTED = {Outcome.DUPLICATE: "duplicates", Outcome.LATE: "late"}


class Stage(KeyedProcessFunction):
    """Keeps the records of one entity kind and passes the growing trail on, keyed for the next stage."""

    def __init__(
        self,
        graph: GraphSettings,
        position: int,
        batch_scheduling: bool | None = None,
        in_one_task: bool = False,
        approve: Approve | None = None,
    ) -> None:
        """`batch_scheduling`: as `schedule_threads` takes it. `in_one_task`: no event comes; the head of the
        chain calls `step`, see `one_task`. `approve`: given to the last stage, unless the head of the chain
        has it.
        """
        self._graph = graph
        self._batch_scheduling = batch_scheduling
        self._in_one_task = in_one_task
        self._approve = approve
        self.position = position
        self._built_with = built_with()

    def open(self, runtime_context: RuntimeContext) -> None:
        self._built_with.check()
        schedule_threads(self._batch_scheduling)
        self.step = Step(self._graph)
        self.codec = self.step.codec
        if self._approve:
            self._approve.open(runtime_context)
        self._state = RecordState(runtime_context, "entity", int(self._graph.ttl_days * DAY_S * 1000))
        metrics = runtime_context.get_metrics_group()
        self._counters: dict[int, Any] = {outcome: metrics.counter(name) for outcome, name in COUNTED.items()}
        self._reached_ms, self._reached = metrics.counter("reached_after_ms"), metrics.counter("reached_samples")
        if self._state.java is not None:
            backend: Any = runtime_context.get_keyed_state_backend()
            self.java_state = backend._keyed_state_backend, self._state.java
        if self._in_one_task:
            one_task.join(self)
        elif call_directly(self._process):
            self._states = JoinedStates([self.java_state])

    def close(self) -> None:
        if self._in_one_task:
            one_task.leave(self)

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        (record,), fields = self._passed(value)
        if record is not None:
            self._state.update(record)
        if fields:
            yield Row(*fields)

    def _process(self, keyed: tuple[int, tuple[int, bytes]]) -> Any:
        return self._states.write(*self._passed(keyed[1][1]))

    def _passed(self, payload: bytes) -> tuple[Records, tuple[Any, ...] | None]:
        """The new record, and what goes on: the next stage's key and the trail, or behind the last one
        `Approve.row`.
        """
        codec, event_hash = self.codec, id_hash(payload)
        present = codec.key(payload, self.position) != MISSING
        passed = self.step.through(self.position, payload, [self._state.value() if present else None])
        self.note(passed.worst, event_hash, codec.entered_ms(payload))
        records = tuple(passed.records)
        if passed.worst == Outcome.DUPLICATE or (self._approve and is_label(payload)):
            return records, None
        if self._approve:
            return records, self._approve.row(passed.trail)
        return records, (stage_key(codec.key(payload, self.position + 1), event_hash), passed.trail)

    def note(self, outcome: int, event_hash: int, entered_ms: int) -> None:
        """Count what became of an event that came in at `entered_ms`."""
        if not event_hash & SAMPLED:
            self._reached_ms.inc(max(0, time.time_ns() // 1_000_000 - entered_ms))
            self._reached.inc()
        if outcome in self._counters:
            self._counters[outcome].inc()
