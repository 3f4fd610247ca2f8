"""Alerts of the stream, into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.alert import Alert
from ops.cases.entities_of import alert_id, entity_names
from ops.cases.ingest.assigning import count_entities
from ops.cases.ingest.columns import AlertColumns, checked
from ops.cases.ingest.holders import Loose, holders
from ops.cases.ingest.locks import alone
from ops.cases.tables import AlertEntity, AlertRow
from ops.cases.upsert import insert_missing, insert_new


def take_alerts(session: Session, documents: Sequence[Mapping[str, Any]]) -> int:
    """Write alerts that are not there and give each to the incident that holds it; return how many were new.

    Raises ValueError for a document that is no alert, before anything is written.
    """
    rows = {row["id"]: row for row in map(_row, documents)}
    if not rows:
        return 0
    alone(session)
    loose = [Loose(row["id"], row["event_id"], row["ring"], row["time"]) for row in rows.values()]
    of = holders(session, loose)
    for alert in loose:
        rows[alert.id]["incident_id"], rows[alert.id]["is_loose"] = of.of(alert)
    new = insert_new(session, AlertRow, list(rows.values()), "id")
    _add_entities(session, [rows[id_] for id_ in new])
    return len(new)


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    alert = Alert.of(document)
    row = {
        "id": alert_id(alert.account, alert.event_id),
        "account": alert.account or "",
        "event_id": alert.event_id,
        "incident_id": None,
        "is_loose": True,
        "time": alert.time_ms,
        "event_type": alert.decision.event_type,
        "score": alert.decision.score,
        "decision": alert.decision.outcome,
        "severity": alert.severity,
        "ring": alert.ring,
        "amount": alert.decision.amount,
        "currency": alert.decision.currency,
        "document": dict(document),
    }
    return checked(row, AlertColumns)


def _add_entities(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    named = [(row, entity) for row in rows for entity in entity_names(row["document"].get("entities") or {})]
    values = [{"entity": entity, "time": row["time"], "alert_id": row["id"]} for row, entity in named]
    insert_missing(session, AlertEntity, values, ("entity", "time", "alert_id"))
    count_entities(session, Counter((entity, row["incident_id"]) for row, entity in named if row["incident_id"] is not None))
