"""Approval in the thread that keeps the graph: what is below the thresholds never goes to the worker.

For most events the way to the worker and back (Beam, Arrow, pandas, another process) costs several times the
score itself (docs/performance.md). What would be flagged goes there all the same: it is decided again, by
the same score, and gets its reasons.
"""

from __future__ import annotations

from pyflink.datastream import RuntimeContext

from domain.decisions.policy import PolicySettings
from domain.events.event import MAX_ID, Event
from domain.events.identity import USUAL, IdentitySettings
from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec, time_ms
from domain.times import now_ms
from gnn.compiled.model import CompiledModel
from gnn.scoring.early_approval import EarlyApproval
from ops.secrets import pseudonyms
from udfs.metrics.approval_metrics import ApprovalMetrics

_TEXT_BYTES = 4 * MAX_ID + 3
"""Most bytes of an event's id and currency."""


class Approve:
    """Part of the operator that has the trail last: the parser with one subtask, otherwise the last stage."""

    def __init__(
        self, graph: GraphSettings, policy: PolicySettings, model: CompiledModel | None, identity: IdentitySettings = USUAL
    ) -> None:
        """Note the settings; `model` is None if all is left to the worker.

        An event that asks for another model (`Trail.model`) is left to the worker, too.
        """
        self._graph, self._policy, self._model, self._identity = graph, policy, model, identity

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get model and metrics ready. The operator calls this in its own `open`."""
        self._codec = TrailCodec(self._graph)
        self._head_bytes = self._codec.head_bytes + _TEXT_BYTES
        self._approval = None
        if self._model is not None:
            self._approval = EarlyApproval(self._graph, self._model, self._policy, pseudonyms(self._identity))
            self._metrics = ApprovalMetrics(runtime_context.get_metrics_group())

    def row(self, trail: bytes, event: Event | None = None) -> tuple[int, bytes, str | None]:
        """Return what goes on of an encoded trail, whose event may be at hand.

        That is (event time in ms, trail, None) for the worker, or (event time in ms, the trail's head and
        texts, the decision's document as JSON) if the event is approved.
        """
        codec = self._codec
        if self._approval and not codec.model(trail):
            event, clock_ms = event or codec.event(trail), now_ms()
            decision = self._approval.decide(event, trail, clock_ms)
            if decision is not None:
                self._metrics.count(decision.score, max(0, clock_ms - codec.entered_ms(trail)))
                return event.time_ms, trail[: self._head_bytes], decision.to_json()
        return time_ms(trail), trail, None
