"""From a judged event to its decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.decisions.decision import Decision, Reason
from domain.decisions.effects import Effects
from domain.events.event import Event
from domain.events.identity import MISSING, as_text
from domain.graph import EVENT_TYPES, GraphSettings

_WEIGHT_DIGITS = 4
_Said = tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...], int, tuple[str, ...]]
_NOTHING: _Said = ((), (), 0, ())


class DecisionMaker:
    """Maker of the decisions of one model under one policy."""

    def __init__(self, graph: GraphSettings, model: str, policy: str) -> None:
        """Name the model and the policy that every decision carries."""
        self._kinds, self._model, self._policy = graph.entities, model, policy

    def make(
        self,
        event: Event,
        score: float,
        outcome: str,
        decided_ms: int,
        reasons: Sequence[Reason] = (),
        ring: str | None = None,
        effects: Effects | None = None,
        explored: float = 0.0,
    ) -> Decision:
        """Return the decision on `event`, made at `decided_ms`; its reasons' weights have four digits.

        It names the control records that hold at the event, `effects`, and the share with which it was
        drawn, `explored`.
        """
        rules, lists, control, off = _said(effects) if effects else _NOTHING
        return Decision(
            event_id=event.event_id,
            time_ms=event.time_ms,
            event_type=EVENT_TYPES[event.type_code],
            outcome=outcome,
            score=score,
            reasons=tuple(Reason(reason.code, reason.text, round(reason.weight, _WEIGHT_DIGITS)) for reason in reasons) if reasons else (),
            ring=ring,
            entities={kind: as_text(key) for kind, key in zip(self._kinds, event.entities, strict=True) if key != MISSING},
            amount=None if event.amount != event.amount else event.amount,
            currency=event.currency or None,
            model=self._model,
            policy=self._policy,
            decided_ms=decided_ms,
            rules=rules,
            lists=lists,
            control=control,
            switches_off=off,
            explored=explored,
        )


def _said(effects: Effects) -> _Said:
    """Return what a document says of control records: rules, lists, running number, what is switched off."""
    if not effects.fired and not effects.lists:
        return (), (), effects.applied, effects.switches_off
    fired = [{"id": one.id, "version": one.version, "mode": one.mode, "decision": one.decision} for one in effects.fired]
    lists = [{"id": one.id, "version": one.version, "mode": one.mode, "list": one.list, "entity": one.kind} for one in effects.lists]
    return tuple(fired), tuple(lists), effects.applied, effects.switches_off
