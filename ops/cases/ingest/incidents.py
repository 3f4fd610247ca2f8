"""Revisions of incidents, into the store: the newest as it is, all of them beside it, the case with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.incidents.incident import UNCONNECTED_ALERTS, WAVE
from domain.incidents.money import to_units, yardstick
from domain.incidents.settings import UNCONNECTED
from domain.times import DAY_MS
from ops.cases.entities_of import participants_of
from ops.cases.ingest.assigning import assign
from ops.cases.ingest.case_upkeep import keep_case
from ops.cases.ingest.holders import Loose
from ops.cases.ingest.locks import alone
from ops.cases.settings import CaseSettings
from ops.cases.tables import AlertRow, IncidentEntity, IncidentRevision, IncidentRing, IncidentRow
from ops.cases.upsert import insert_missing, upsert

_COLUMNS = tuple(name for name in IncidentRow.__table__.columns.keys() if name != "id")  # noqa: SIM118 - no mapping


def take_incident(session: Session, document: Mapping[str, Any], at: int, settings: CaseSettings) -> bool:
    """Write a revision; return whether it is newer than what was there.

    `at` is when the document was added to its stream, ms of the wall clock: a replay then gives the same
    times of cases. Raises KeyError or ValueError for a document that is no incident, before anything is
    written.
    """
    row = _row(document)
    alone(session)
    before = session.scalar(select(IncidentRow.revision).where(IncidentRow.id == row["id"]))
    is_newer = before is None or before < row["revision"]
    if is_newer:
        upsert(session, IncidentRow, [row], ("id",), _COLUMNS)
    kept = {"incident_id": row["id"], "revision": row["revision"], "at": row["updated_at"], "document": row["document"]}
    insert_missing(session, IncidentRevision, [kept], ("incident_id", "revision"))
    if is_newer:
        _write_parts(session, row)
        _take_alerts(session, row)
        keep_case(session, row, at, settings)
    return is_newer


def money_of(document: Mapping[str, Any]) -> float:
    """Return the largest sum of a currency at risk, on the yardstick of severities."""
    return max((yardstick(to_units(amount), currency) for currency, amount in document["money_at_risk"].items()), default=0.0)


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    facts = {fact["name"]: fact["value"] for fact in document["evidence"]["facts"]}
    return {
        "id": document["id"],
        "kind": document.get("kind", "ring"),
        "status": document["status"],
        "severity": document["severity"],
        "severity_rank": SEVERITIES.index(document["severity"]),
        "action": document["action"],
        "pattern": document.get("pattern"),
        "headline": document.get("headline"),
        "opened_at": document["first_time"],
        "updated_at": document["told_at"],
        "closed_at": document["told_at"] if document["status"] == "closed" else None,
        "revision": document["revision"],
        "alerts": document["alerts"],
        "accounts": document["participants"].get("account", {}).get("count", 0),
        "money": money_of(document),
        "score_max": float(facts.get("score_max", 0.0)),
        "ring": document["ring"],
        "merged_into": document["merged_into"],
        "is_listed": document.get("kind") != WAVE and len(document["event_ids"]) == document["alerts"],
        "document": dict(document),
    }


def _write_parts(session: Session, row: Mapping[str, Any]) -> None:
    document, incident = row["document"], row["id"]
    rings = [
        {"incident_id": incident, "ring": ring["ring"], "first_time": ring["first_time"], "last_time": ring["last_time"]}
        for ring in document["rings"]
    ]
    upsert(session, IncidentRing, rings, ("incident_id", "ring"), ("first_time", "last_time"))
    entities = [
        {"entity": name, "incident_id": incident, "opened_at": row["opened_at"], "alerts": 0} for name in set(participants_of(document))
    ]
    upsert(session, IncidentEntity, entities, ("entity", "incident_id"), ("opened_at",))


def _take_alerts(session: Session, row: Mapping[str, Any]) -> None:
    """Give alerts that came before to the incident."""
    for statement in _maybe_its(session, row):
        found = session.execute(statement)
        assign(session, {Loose(id_, event, ring, time): (incident, loose) for id_, event, ring, time, incident, loose in found})


def _maybe_its(session: Session, row: Mapping[str, Any]) -> Iterator[Select[*tuple[Any, ...]]]:
    alerts: Select[*tuple[Any, ...]] = select(
        AlertRow.id, AlertRow.event_id, AlertRow.ring, AlertRow.time, AlertRow.incident_id, AlertRow.is_loose
    )
    if row["kind"] == UNCONNECTED_ALERTS:
        start = int(row["ring"].removeprefix(UNCONNECTED)) * DAY_MS
        yield alerts.where(AlertRow.incident_id.is_(None), AlertRow.time >= start, AlertRow.time < start + DAY_MS)
    for ring in row["document"]["rings"]:
        first, last = ring["first_time"], ring["last_time"]
        yield alerts.where(AlertRow.is_loose, AlertRow.ring == ring["ring"], AlertRow.time.between(first, last))
        if rivals := _rivals(session, row["id"], ring):
            yield alerts.where(or_(*rivals))


def _rivals(session: Session, incident: str, ring: Mapping[str, Any]) -> Sequence[Any]:
    """Return conditions of alerts that other incidents hold by the same label at the same time: rare, and the
    earliest span has them.
    """
    first, last = ring["first_time"], ring["last_time"]
    others = select(IncidentRing.incident_id).where(
        IncidentRing.ring == ring["ring"],
        IncidentRing.incident_id != incident,
        IncidentRing.first_time <= last,
        IncidentRing.last_time >= first,
    )
    return [
        and_(AlertRow.incident_id == other, AlertRow.ring == ring["ring"], AlertRow.time.between(first, last))
        for other in session.scalars(others)
    ]
