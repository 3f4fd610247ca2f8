"""Operator: one keyed stage of the graph, a skin over `domain.step.Step.visit`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyflink.common import Duration, Row, Time, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import StateTtlConfig, ValueStateDescriptor

from domain.graph import DAY_S, GraphSettings
from domain.step import Outcome, Step
from domain.trail import TrailCodec
from udfs.keys import stage_key

_CLEAN_PER_ACCESS = 4  # entries of the heap backend looked at for expiry with each access
_REQUERY_TIME = 1000  # entries the RocksDB compaction passes before it asks the clock again


class Stage(KeyedProcessFunction):
    """Keeps the records of one entity kind and passes the growing trail on, keyed for the next stage."""

    def __init__(self, graph: GraphSettings, position: int) -> None:
        self._graph = graph
        self._position = position

    def open(self, runtime_context: RuntimeContext) -> None:
        self._step = Step(self._graph)
        self._codec = TrailCodec(self._graph)
        self._last = self._position == len(self._graph.entities) - 1
        # The step forgets an entity by event time; this frees its memory, by the machine's clock, soon after. The clean-up
        # strategies are named, and the compaction's period is an empty Duration, because making the default one asks for a
        # Py4J gateway, which hangs a standalone TaskManager in thread mode (FLINK-40628). Thread mode does not read the period.
        ttl = (
            StateTtlConfig.new_builder(Time.milliseconds(int(self._graph.ttl_days * DAY_S * 1000)))
            .cleanup_incrementally(_CLEAN_PER_ACCESS, False)
            .cleanup_in_rocksdb_compact_filter(_REQUERY_TIME, Duration(None))
            .build()
        )
        descriptor = ValueStateDescriptor("entity", Types.PICKLED_BYTE_ARRAY())
        descriptor.enable_time_to_live(ttl)
        self._state = runtime_context.get_state(descriptor)
        metrics = runtime_context.get_metrics_group()
        self._counters = {outcome: metrics.counter(outcome.value) for outcome in (Outcome.DUPLICATE, Outcome.LATE)}

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        trail = self._codec.decode(value)
        present = trail.event.entities[self._position] != 0
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
