"""An incident that never was, for a call that tries an endpoint."""

from __future__ import annotations

from typing import Any

from domain.decisions.alert import Alert
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings

_START_MS = 1_767_607_200_000  # 2026-01-05T10:00:00Z
_EVERY_MS = 120_000
_RING = "00000000000000aa"
_REASON = {"code": "shared_device", "text": "device seen with many accounts", "weight": 1.5}


def sample_incident() -> dict[str, Any]:
    """Return the document of a closed incident: six orders of six accounts, all from one device."""
    session = IncidentSession.open(_RING, IncidentSettings())
    for number in range(6):
        session.on_alert(_alert(number))
    assert session.next_deadline is not None
    return session.on_deadline(session.next_deadline)[-1].to_document()


def _alert(number: int) -> Alert:
    time_ms = _START_MS + number * _EVERY_MS
    return Alert.of({
        "event_id": f"sample-{number}", "event_time": time_ms, "event_type": "order", "decision": "investigate", "score": 0.9,
        "reasons": [_REASON], "ring": _RING, "entities": {"account": f"{number + 1:016x}", "device": f"{0xD:016x}"},
        "amount": 120.5, "currency": "EUR", "model": "sample", "policy": "sample", "decided_at": time_ms, "severity": "medium",
    })  # fmt: skip
