"""Approval in the thread that keeps the graph: what is below the thresholds never goes to the worker.

For most events the way to the worker and back (Beam, Arrow, pandas, another process) costs several times the
score itself (docs/performance.md). What would be flagged goes there all the same: it is decided again, by
the same score, and gets its reasons.
"""

from __future__ import annotations

from pyflink.datastream import RuntimeContext

from domain.control.in_force import ControlInForce
from domain.decisions.decision import Decision
from domain.decisions.enriched import Enricher
from domain.decisions.policy import PolicySettings
from domain.events.event import MAX_ID, Event
from domain.events.identity import USUAL, IdentitySettings
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.health.label_quality import label_text
from domain.memory.trail import TrailCodec
from domain.times import now_ms
from gnn.compiled.model import CompiledModel
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.early_approval import EarlyApproval
from ops.secrets import pseudonyms
from udfs.metrics.approval_metrics import ApprovalMetrics

_TEXT_BYTES = 4 * MAX_ID + 3
"""Most bytes of an event's id and currency."""
_NO_ROW: tuple[float, ...] = ()
NO_DECISION = ""
"""In the place of a document: the row is a label's."""
Passed = tuple[int, bytes, str | None, str | None, str | None, *tuple[str | None, ...]]
"""What goes on of a trail, `scoring_tables.passed_row`: event time in ms, trail, document, effects, health;
of `EnrichedApprove` the enriched document as well.
"""


class Approve:
    """Part of the operator that has the trail last: the parser with one subtask, otherwise the last stage."""

    def __init__(
        self,
        graph: GraphSettings,
        policy: PolicySettings,
        model: CompiledModel | None,
        identity: IdentitySettings = USUAL,
        reference: DriftReference | None = None,
    ) -> None:
        """Note the settings; `model` is None if all is left to the worker.

        What is approved is counted for drift against the model's `reference`, if there is one.

        An event that asks for another model (`Trail.model`) is left to the worker, too.
        """
        self._graph, self._policy, self._model, self._identity, self._reference = graph, policy, model, identity, reference
        self.control: ControlInForce | None = None
        """What control records say; the operator that gets them sets it. None without a control stream."""
        self.judged: Event | None = None
        """The event that was judged under `control` last."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get model and metrics ready. The operator calls this in its own `open`."""
        self._codec = TrailCodec(self._graph)
        self._head_bytes = self._codec.head_bytes + _TEXT_BYTES
        self._approval, self._event_row = None, EventRow(self._graph)
        if self._model is not None:
            self._approval = EarlyApproval(self._graph, self._model, self._policy, pseudonyms(self._identity), self._reference)
            self._metrics = ApprovalMetrics(runtime_context.get_metrics_group())

    def row(self, trail: bytes, event: Event | None = None) -> Passed:
        """Return what goes on of an encoded trail, whose event may be at hand.

        That is the trail without a document for the worker, with the effects of control records if there are
        any; or the trail's head and texts with the decision's document as JSON if the event is approved.
        """
        if self.control is not None:
            return self._row_under(self.control, trail, event or self._codec.event(trail))
        codec = self._codec
        if self._approval and not codec.model(trail):
            event, clock_ms = event or codec.event(trail), now_ms()
            decision = self._approval.decide(event, trail, clock_ms)
            if decision is not None:
                return self._approved(decision, trail, clock_ms)
        return codec.clock_ms(trail), trail, None, None, None

    def _row_under(self, control: ControlInForce, trail: bytes, event: Event) -> Passed:
        """Return what `row` does, with the effects that control records have on the event.

        What a model scores in shadow is left to the worker.
        """
        approval = self._approval if not self._codec.model(trail) and not control.shadow else None
        self.judged = event
        if approval is None:
            effects = control.judge(event, self._event_row.write(trail) if control.needs_row else _NO_ROW)
            return self._codec.clock_ms(trail), trail, None, control.text_of(effects), None
        clock_ms, score = now_ms(), approval.score(trail)
        effects = control.judge(event, approval.inputs)
        decision = approval.decide_scored(event, score, clock_ms, effects)
        if decision is not None:
            return self._approved(decision, trail, clock_ms)
        return self._codec.clock_ms(trail), trail, None, control.text_of(effects), None

    def label_row(self, label: Event, trail: bytes) -> Passed:
        """Return what goes on of a label, which nobody decides on: its news for the model's health.

        One that forgets an account takes the way of flagged events, by the worker, so as not to overtake any.
        """
        clock_ms = self._codec.clock_ms(trail)  # before the first event there is none
        if label.forgets:
            return clock_ms, trail, None, None, None
        news = label_text(label.subject, label.is_fraud, label.source, label.order, clock_ms or label.time_ms)
        return clock_ms, trail[: self._head_bytes], NO_DECISION, None, news

    def _approved(self, decision: Decision, trail: bytes, clock_ms: int) -> Passed:
        assert self._approval is not None  # it has approved
        self._metrics.count(decision.score, max(0, clock_ms - self._codec.entered_ms(trail)))
        if decision.rules:
            self._metrics.count_rules(decision.rules)
        health = self._approval.health(clock_ms / 1000)
        return self._codec.clock_ms(trail), trail[: self._head_bytes], decision.to_json(), None, health


class EnrichedApprove(Approve):
    """`Approve` that adds the enriched document of what it has approved, None to all other rows."""

    def __init__(
        self,
        graph: GraphSettings,
        policy: PolicySettings,
        model: CompiledModel | None,
        identity: IdentitySettings = USUAL,
        reference: DriftReference | None = None,
        with_features: bool = False,
        for_join: bool = False,
    ) -> None:
        """Note the settings; `with_features` and `for_join` are as `Enricher` takes them."""
        super().__init__(graph, policy, model, identity, reference)
        self._with_features, self._for_join = with_features, for_join

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get model, metrics and writer ready. The operator calls this in its own `open`."""
        super().open(runtime_context)
        self._enricher = Enricher(self._graph, self._with_features, self._for_join)

    def row(self, trail: bytes, event: Event | None = None) -> Passed:
        """Return what `Approve.row` does, and the enriched document of an approved event."""
        passed = super().row(trail, event)
        document = passed[2]
        return (*passed, None if document is None else self._enricher.text(trail, document))

    def label_row(self, label: Event, trail: bytes) -> Passed:
        """Return what `Approve.label_row` does; a label is no event to enrich."""
        return (*super().label_row(label, trail), None)
