"""What becomes of a parsed event: it is sent to the first stage, or it visits all stages at once.

The parser has one of the two ways, which the topology chooses by the number of subtasks. The results are the
same.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from pyflink.datastream import RuntimeContext

from domain.graph import GraphSettings
from domain.memory.trail import Trail, TrailCodec
from udfs.approve import Approve
from udfs.engine.keys import stage_key
from udfs.engine.one_task import AllStages
from udfs.engine.state_calls import Records, StateCalls

Taken = tuple[Records, tuple[Any, ...] | None]
"""(new records of the event's entities to be stored here, fields of the row that goes on or None)."""


class ToStages(Protocol):
    """A way from the parser to the stages. It is part of the parser's operator and shipped with it."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get counters ready. The parser's `open` calls this; the rest of its chain may not be open yet."""

    def take(self, trail: Trail) -> Taken:
        """Take an event to the stages. The parser calls this once per accepted line, in the task's thread."""
        ...

    @property
    def states(self) -> StateCalls:
        """What stores the records and hands the row on. Thread mode only, not before the first element."""
        ...


class SendToFirstStage:
    """The way of a task per stage: the trail goes on under the key of its first entity."""

    def __init__(self, graph: GraphSettings) -> None:
        self._graph = graph

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get codec and counters ready."""
        self._codec = TrailCodec(self._graph)
        metrics = runtime_context.get_metrics_group()
        self._events, self._labels = metrics.counter("events"), metrics.counter("labels")

    def take(self, trail: Trail) -> Taken:
        """Return no records, and (key, encoded trail) for the first stage."""
        event = trail.event
        (self._labels if event.is_label else self._events).inc()
        return (), (stage_key(event.key(0), event.id_hash), self._codec.encode(trail))

    @cached_property
    def states(self) -> StateCalls:
        """Hand on rows; this way stores nothing."""
        return StateCalls([])


class VisitAllStages:
    """The way of one task for all stages, see `udfs.engine.one_task`: what passed the last one goes on."""

    def __init__(self, graph: GraphSettings, approve: Approve) -> None:
        self._graph, self._approve = graph, approve

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get approval and counters ready."""
        self._approve.open(runtime_context)
        metrics = runtime_context.get_metrics_group()
        self._events, self._labels = metrics.counter("events"), metrics.counter("labels")

    def take(self, trail: Trail) -> Taken:
        """Return the entities' new records, and `Approve.row` or `label_row`, of a duplicate None."""
        records, passed = self._stages.visit(trail)
        if passed is None:
            return records, None
        if trail.event.is_label:
            return records, self._approve.label_row(trail.event, passed)
        return records, self._approve.row(passed, trail.event)

    @cached_property
    def _stages(self) -> AllStages:
        """Found at the first event: Flink opens a chain from its end, but all of it before any event."""
        return AllStages(len(self._graph.stages), self._events, self._labels)

    @property
    def states(self) -> StateCalls:
        """Store the records of all stages, and hand on rows."""
        return self._stages.states
