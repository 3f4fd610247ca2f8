"""What a stage keeps for one entity kind: its records in Flink's state, its step, its counters.

The operator that has it lends it to the head of its chain, by way of `udfs.engine.chain_registry`: with one
subtask to the parser, else to the stage's own visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.graph import GraphSettings
from domain.step import Step
from domain.times import DAY_MS, now_ms
from domain.visits.outcome import Outcome
from udfs.engine.record_state import RecordState

if TYPE_CHECKING:
    from pyflink.datastream import RuntimeContext

COUNTED = {Outcome.DUPLICATE: "duplicates", Outcome.LATE: "late", Outcome.IDLE: "labels_idle", Outcome.HELD: "labels_held"}
"""Outcomes and the metrics that count them."""

SAMPLED = 63
"""Timed are the events whose hash has none of these bits, one of 64: the same ones in every stage, so that
the difference of two stages' means is the way between them.
"""


class StageState:
    """The records, the step and the counters of one stage; only the thread of its task may use them."""

    def __init__(self, graph: GraphSettings, position: int, runtime_context: RuntimeContext) -> None:
        """Make the state; call it in the `open` of the stage's operator, whose uid names the state."""
        self.position = position
        self.step = Step(graph)
        self.codec = self.step.codec
        self.records = RecordState(runtime_context, "entity", int(graph.ttl_days * DAY_MS))
        self.java = _java_pair(runtime_context, self.records)
        """The operator's keyed state backend and its state, two Java objects. Thread mode only."""
        metrics = runtime_context.get_metrics_group()
        self._counters: dict[int, Any] = {outcome: metrics.counter(name) for outcome, name in COUNTED.items()}
        self._reached_ms, self._reached = metrics.counter("reached_after_ms"), metrics.counter("reached_samples")

    def count(self, outcome: int, event_hash: int, entered_ms: int) -> None:
        """Count what became of an event, by the hash of its id, that entered the job at `entered_ms`."""
        if not event_hash & SAMPLED:
            self._reached_ms.inc(max(0, now_ms() - entered_ms))
            self._reached.inc()
        if outcome in self._counters:
            self._counters[outcome].inc()


def _java_pair(runtime_context: RuntimeContext, records: RecordState) -> tuple[Any, Any] | None:
    if records.java is None:
        return None
    backend: Any = runtime_context.get_keyed_state_backend()
    return backend._keyed_state_backend, records.java
