"""Operator: one keyed stage of the graph, a skin over `domain.step.Step.visit`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from domain.graph import DAY_S, GraphSettings
from domain.identity import MISSING
from domain.step import Outcome, Step
from domain.trail import TrailCodec
from udfs.built_with import built_with
from udfs.keys import stage_key
from udfs.one_core import keep_to_one_core
from udfs.state_expiry import expiry

COUNTED = {Outcome.DUPLICATE: "duplicates", Outcome.LATE: "late"}
SAMPLED = 63
"""One event of 64 is timed, in every stage the same one, so that the difference of two stages' means is the way between them."""


class Stage(KeyedProcessFunction):
    """Keeps the records of one entity kind and passes the growing trail on, keyed for the next stage."""

    def __init__(self, graph: GraphSettings, position: int, one_core: bool = False) -> None:
        self._graph = graph
        self._one_core = one_core
        self._position = position
        self._built_with = built_with()

    def open(self, runtime_context: RuntimeContext) -> None:
        self._built_with.check()
        if self._one_core:
            keep_to_one_core()
        self._step = Step(self._graph)
        self._codec = TrailCodec(self._graph)
        self._last = self._position == len(self._graph.stages) - 1
        descriptor = ValueStateDescriptor("entity", Types.PICKLED_BYTE_ARRAY())
        descriptor.enable_time_to_live(expiry(int(self._graph.ttl_days * DAY_S * 1000)))
        self._state = runtime_context.get_state(descriptor)
        metrics = runtime_context.get_metrics_group()
        self._counters = {outcome: metrics.counter(name) for outcome, name in COUNTED.items()}
        self._reached_ms, self._reached = metrics.counter("reached_after_ms"), metrics.counter("reached_samples")

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        trail = self._codec.decode(value)
        if not trail.event.id_hash & SAMPLED:
            self._reached_ms.inc(max(0, time.time_ns() // 1_000_000 - trail.entered_ms))
            self._reached.inc()
        present = trail.event.key(self._position) != MISSING
        visit = self._step.visit(self._position, trail, self._state.value() if present else None)
        if visit.record is not None:
            self._state.update(visit.record)
        if visit.outcome in self._counters:
            self._counters[visit.outcome].inc()
        if visit.outcome is Outcome.DUPLICATE:
            return
        if not self._last:
            yield Row(stage_key(trail, self._position + 1), self._codec.encode(trail))
        elif not trail.event.is_label:
            yield Row(trail.event.time_ms, self._codec.encode(trail))
