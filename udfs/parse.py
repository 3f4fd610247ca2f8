"""Operator: raw line -> event on its way to the first stage; what is no event goes to the rejected side
output.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream import BroadcastProcessFunction, OutputTag, ProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.events.event import FIELDS, LABEL_FIELDS, Rejected
from domain.events.parser import EventParser, rejection
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.memory.trail import Trail, TrailCodec
from domain.times import now_ms
from ops.secrets import pseudonyms
from udfs.approve import Approve
from udfs.engine import one_task
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.direct_calls import call_directly
from udfs.engine.keys import stage_key
from udfs.engine.state_calls import JoinedStates, Records
from udfs.engine.worker_match import built_with
from udfs.metrics.labelled_counter import LabelledCounter

_CURRENT = "current"


class Parse(ProcessFunction):
    """Lines arrive as ISO 8859-1 text, one character per byte, so that the parser sees the very bytes of the
    source.
    """

    model = ""
    """Which model is to score the events, see `Trail.model`."""

    def __init__(
        self, graph: GraphSettings, rejected: OutputTag, batch_scheduling: bool | None = None, approve: Approve | None = None
    ) -> None:
        """`batch_scheduling`: as `schedule_threads` takes it. `approve`: visit all stages here, see
        `one_task`, and yield its rows.
        """
        self._graph = graph
        self._batch_scheduling = batch_scheduling
        self._approve = approve
        self._rejected = rejected
        self._built_with = built_with()

    def open(self, runtime_context: RuntimeContext) -> None:
        self._built_with.check()
        schedule_threads(self._batch_scheduling)
        self._parser = EventParser(self._graph, pseudonyms())
        self._codec = TrailCodec(self._graph)
        if self._approve:
            self._approve.open(runtime_context)
        self._all_stages: one_task.AllStages | None = None
        self._clock_ms = 0
        """Latest event time so far; lost in a restart, but the next event that is not late brings it back."""
        metrics = runtime_context.get_metrics_group()
        self._events, self._labels, self._count_rejected = (metrics.counter(name) for name in ("events", "labels", "rejected"))
        self._by_field = LabelledCounter(metrics, "rejected", "field", ("line", *sorted(FIELDS | LABEL_FIELDS)))
        if usual := call_directly(self._process):
            self._usual = usual
            self._states = JoinedStates([])

    def process_element(self, value: str | None, ctx: ProcessFunction.Context) -> Iterator[Any]:
        """None is a Kafka record without a value."""
        line = (value or "").encode("latin-1")
        try:
            records, fields = self._parsed(value, line)
            if records:
                self._states.write(records, None)
            if fields:
                yield Row(*fields)
        except Rejected as why:
            self._count_rejected.inc()
            self._by_field.inc(why.field)
            yield self._rejected, as_json(rejection(line, why, now_ms()))

    def _process(self, value: str | None) -> Any:
        try:
            records, fields = self._parsed(value, (value or "").encode("latin-1"))
        except Rejected:
            return self._usual(value)  # the way to side outputs
        return self._states.write(records, fields) if records or fields else self._states.rows

    def _parsed(self, value: str | None, line: bytes) -> tuple[Records, tuple[Any, ...] | None]:
        """The entities' new records, if all stages are visited here, and key and trail for the first stage
        or what goes on behind the last one, `Approve.row`; None if nothing does.
        """
        if value is None:
            raise Rejected("line", "a record without a value is no event")
        if not line or line.isspace():
            return (), None
        trail = Trail(self._parser.parse(line))
        if not trail.event.is_label:
            self._clock_ms = max(self._clock_ms, trail.event.time_ms)
        trail.clock_ms, trail.entered_ms, trail.model = self._clock_ms, now_ms(), self.model
        if not self._approve:
            (self._labels if trail.event.is_label else self._events).inc()
            return (), (stage_key(trail.event.key(0), trail.event.id_hash), self._codec.encode(trail))
        if self._all_stages is None:  # all are open by now
            self._all_stages = one_task.AllStages(len(self._graph.stages), self._events, self._labels)
            self._states = self._all_stages.states
        records, passed = self._all_stages.visit(trail)
        return records, None if passed is None or trail.event.is_label else self._approve.row(passed, trail.event)


class ParseForModel(BroadcastProcessFunction):
    """`Parse`, with a second input that says which model scores the events from then on.

    The model is broadcast state: each subtask has it, and has it again after a restart, before the first
    event. Between two changes it is read from memory.
    """

    def __init__(
        self, graph: GraphSettings, rejected: OutputTag, batch_scheduling: bool | None = None, approve: Approve | None = None
    ) -> None:
        self._parse = Parse(graph, rejected, batch_scheduling, approve)
        self._is_known = False

    def open(self, runtime_context: RuntimeContext) -> None:
        self._parse.open(runtime_context)
        self._state = model_state()
        self._swaps = runtime_context.get_metrics_group().counter("model_swaps")

    def process_element(self, value: str, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Iterator[Any]:
        if not self._is_known:
            self._parse.model = ctx.get_broadcast_state(self._state).get(_CURRENT) or ""
            self._is_known = True
        return self._parse.process_element(value, ctx)

    def process_broadcast_element(self, value: str, ctx: BroadcastProcessFunction.Context) -> Iterator[Any]:
        ctx.get_broadcast_state(self._state).put(_CURRENT, value)
        self._parse.model, self._is_known = value, True
        self._swaps.inc()
        yield from ()


def model_state() -> MapStateDescriptor:
    """The broadcast state of `ParseForModel`."""
    return MapStateDescriptor("model", Types.STRING(), Types.STRING())
