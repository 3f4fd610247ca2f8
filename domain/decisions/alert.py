"""The alert: a flagged decision with its severity and the rings that it met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.decisions.decision import BLOCK, Decision

SEVERITIES = ("low", "medium", "high", "critical")
_BEYOND_DOUBT = 0.98  # the score from which a blocked event is critical


@dataclass(frozen=True, slots=True)
class Alert:
    """A flagged decision on its way to analysts and to the incident of its ring."""

    decision: Decision
    joins: tuple[str, ...]
    """The other ring labels that the event met: those rings are one with its own."""
    severity: str
    """One of `SEVERITIES`."""
    clock_ms: int = 0
    """The latest event time that the stream had reached with this event; not published."""

    @classmethod
    def raised(cls, decision: Decision, joins: Iterable[str], clock_ms: int) -> Alert:
        """Return the alert of a flagged decision. This is the one place where alerts are composed."""
        return cls(decision, tuple(joins), alert_severity(decision), clock_ms)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Alert:
        """Read what `to_document` or `to_record` returned. Raise ValueError naming the wrong field."""
        try:
            decision = Decision.of(document)
        except ValueError as error:
            raise ValueError(f"alert cannot be read: {error}") from None
        joins, severity, clock_ms = document.get("joins") or [], document.get("severity"), document.get("clock") or 0
        if not isinstance(decision.ring, str) or not decision.ring:
            raise ValueError("alert cannot be read: ring is missing")
        if not isinstance(joins, list) or not all(isinstance(label, str) for label in joins):
            raise ValueError("alert cannot be read: joins must be a list of ring labels")
        if not isinstance(clock_ms, int):
            raise ValueError("alert cannot be read: clock must be milliseconds since 1970")
        return cls(decision, tuple(joins), severity if severity in SEVERITIES else SEVERITIES[0], clock_ms)

    @property
    def event_id(self) -> str:
        """Return the id of the event that was flagged."""
        return self.decision.event_id

    @property
    def time_ms(self) -> int:
        """Return the event time in milliseconds since 1970."""
        return self.decision.time_ms

    @property
    def account(self) -> str | None:
        """Return the pseudonym of the event's account."""
        return self.decision.account

    @property
    def ring(self) -> str:
        """Return the label of the event's ring."""
        return self.decision.ring or ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return every ring label that the event met, its own first."""
        return (self.ring, *self.joins)

    def to_document(self) -> dict[str, Any]:
        """Return the alert as it is published: the decision document, `joins` and `severity`."""
        return {**self.decision.to_document(), "joins": list(self.joins), "severity": self.severity}

    def to_record(self) -> dict[str, Any]:
        """Return the alert as operators and their state hold it: the document and `clock`."""
        return {**self.to_document(), "clock": self.clock_ms}


def alert_severity(decision: Decision) -> str:
    """Return medium for an event to look at, high for a blocked one, critical beyond doubt."""
    if decision.outcome != BLOCK:
        return "medium"
    return "critical" if decision.score >= _BEYOND_DOUBT else "high"
