"""Incidents and alerts for the store, small and by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.case_upkeep import case_id_of
from ops.cases.ingest.incidents import take_incident
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from tests.support.incident_samples import START, alert_document, pseudonym

NOW = START + 1_000_000
SETTINGS = CaseSettings()


def revision_document(number: int = 0, its: Sequence[Mapping[str, Any]] = (), **changes: Any) -> dict[str, Any]:
    """A revision of incident `number` that lists these alerts, if any; `listed` says else what it lists."""
    times = [alert["event_time"] for alert in its] or [START, START + 1000]
    rings = sorted({alert["ring"] for alert in its} or {f"{number:016x}"})
    spans = [[alert["event_time"] for alert in its if alert["ring"] == ring] or times for ring in rings]
    entities = sorted({(kind, name) for alert in its for kind, name in alert["entities"].items()} or {("account", pseudonym(number))})
    kinds = {kind for kind, _ in entities}
    return {
        "id": f"inc-{number:016x}",
        "revision": 1,
        "status": "opened",
        "ring": rings[0],
        "severity": "medium",
        "action": "verify",
        "first_time": min(times),
        "last_time": max(times),
        "alerts": len(its) or 2,
        "money_at_risk": {"EUR": 100.0},
        "evidence": {
            "facts": [{"id": "F1", "name": "score_max", "value": 0.75, "unit": "score", "text": "highest score 0.75"}],
            "strongest": [],
        },
        "told_at": max(times),
        "merged_into": None,
        "rings": [
            {"ring": ring, "first_time": min(span), "last_time": max(span), "alerts": len(span)}
            for ring, span in zip(rings, spans, strict=True)
        ],
        "participants": {
            kind: {"count": len(names), "exact": True, "pseudonyms": names}
            for kind in sorted(kinds)
            for names in [[name for of, name in entities if of == kind]]
        },
        "event_ids": sorted(alert["event_id"] for alert in its),
        "kind": "ring",
        "pattern": "device farm",
        "headline": f"Linked accounts {number}",
        **changes,
    }


def some_alerts(count: int, ring: str = "00000000000000aa", first: int = 0, **changes: Any) -> list[dict[str, Any]]:
    return [alert_document(number, START + number * 1000, ring=ring, **changes) for number in range(first, first + count)]


def put_incident(session: Session, number: int = 0, alerts: int = 2, at: int = NOW, **changes: Any) -> str:
    """Write an incident with alerts of its own and return the id of its case."""
    documents = some_alerts(alerts, f"{number:016x}", 1000 * number)
    take_alerts(session, documents)
    document = revision_document(number, documents, **changes)
    take_incident(session, document, at, SETTINGS)
    return case_id_of(document["id"])


def put_case(store: Store, number: int = 0, alerts: int = 2, at: int = NOW, **changes: Any) -> str:
    with store.begin() as session:
        return put_incident(session, number, alerts, at, **changes)
