"""Alerts that came before their incident, or before what it grew by: given to it when a revision comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.incidents.incident import UNCONNECTED_ALERTS
from domain.incidents.settings import UNCONNECTED
from domain.times import DAY_MS
from ops.cases.ingest.assigning import assign
from ops.cases.ingest.holders import Loose, parts
from ops.cases.tables import AlertRow, IncidentRing

_Rows = Sequence[Mapping[str, Any]]


def reassign(session: Session, rows: _Rows) -> None:
    """Give to the incidents, whose newest revisions are written, the alerts that they hold."""
    alerts: dict[Loose, tuple[str | None, bool]] = {}
    for statement in _maybe_theirs(session, rows):
        for id_, event, ring, time, incident, loose in session.execute(statement):
            alerts[Loose(id_, event, ring, time)] = (incident, loose)
    if alerts:
        assign(session, alerts)


def _maybe_theirs(session: Session, rows: _Rows) -> Iterator[Select[*tuple[Any, ...]]]:
    alerts: Select[*tuple[Any, ...]] = select(
        AlertRow.id, AlertRow.event_id, AlertRow.ring, AlertRow.time, AlertRow.incident_id, AlertRow.is_loose
    )
    for day in {row["ring"] for row in rows if row["kind"] == UNCONNECTED_ALERTS}:
        start = int(day.removeprefix(UNCONNECTED)) * DAY_MS
        yield alerts.where(AlertRow.incident_id.is_(None), AlertRow.time >= start, AlertRow.time < start + DAY_MS)
    for part in parts({ring["ring"] for row in rows for ring in row["document"]["rings"]}):
        yield alerts.where(AlertRow.is_loose, AlertRow.ring.in_(part))
    for incident, ring, first, last in _rivals(session, rows):
        yield alerts.where(AlertRow.incident_id == incident, AlertRow.ring == ring, AlertRow.time.between(first, last))


def _rivals(session: Session, rows: _Rows) -> Iterator[tuple[str, str, int, int]]:
    """Yield other incidents that hold alerts by the same label at the same time, with label and times: rare,
    and the earliest span has them.
    """
    spans = {(row["id"], ring["ring"]): (ring["first_time"], ring["last_time"]) for row in rows for ring in row["document"]["rings"]}
    columns = (IncidentRing.incident_id, IncidentRing.ring, IncidentRing.first_time, IncidentRing.last_time)
    by_ring: dict[str, list[tuple[str, int, int]]] = {}
    for part in parts({ring for _, ring in spans}):
        for other, ring, first, last in session.execute(select(*columns).where(IncidentRing.ring.in_(part))):
            by_ring.setdefault(ring, []).append((other, first, last))
    for (incident, ring), (first, last) in spans.items():
        for other, from_, until in by_ring[ring]:
            if other != incident and from_ <= last and until >= first:
                yield other, ring, first, last
