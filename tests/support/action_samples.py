"""Decisions for actions, small and by hand."""

from __future__ import annotations

from typing import Any

from tests.support.case_samples import NOW
from tests.support.incident_samples import pseudonym


def decision_document(number: int, outcome: str = "block", score: float = 0.95, **changes: Any) -> dict[str, Any]:
    """The decision on order `number`, of an account of its own."""
    return {
        "event_id": f"order-{number}",
        "event_time": NOW - 500,
        "event_type": "order",
        "decision": outcome,
        "score": score,
        "reasons": [],
        "ring": None,
        "entities": {"account": pseudonym(number)},
        "amount": 100.0,
        "currency": "EUR",
        "model": "combined-1",
        "policy": "default",
        "decided_at": NOW - 100,
        **changes,
    }
