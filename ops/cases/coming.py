"""Alerts that are ahead of their incident: of a known ring, and not yet named by its newest revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.ingest.holders import parts
from ops.cases.tables import AlertRow, IncidentRing, IncidentRow

_CLOSED = "closed"


def coming_incidents(session: Session, alerts: Sequence[AlertRow]) -> dict[str, str]:
    """Return the incident whose next revision may name each alert, by the alert's id.

    It is the newest that its ring had begun by then; none where the job closed that before the alert.
    """
    begun = sorted(_begun(session, {alert.ring for alert in alerts}))
    found: dict[str, str] = {}
    for alert in alerts:
        of_ring = [(last, id_, is_open) for first, last, ring, id_, is_open in begun if ring == alert.ring and first <= alert.time]
        if of_ring and (of_ring[-1][2] or alert.time <= of_ring[-1][0]):
            found[alert.id] = of_ring[-1][1]
    return found


def _begun(session: Session, rings: Iterable[str]) -> Iterable[tuple[int, int, str, str, bool]]:
    """Yield first and last time, ring, incident, and whether it takes more alerts."""
    columns = (IncidentRing.first_time, IncidentRing.last_time, IncidentRing.ring, IncidentRow.id, IncidentRow.status)
    for part in parts(rings):
        statement = select(*columns).join(IncidentRow, IncidentRow.id == IncidentRing.incident_id).where(IncidentRing.ring.in_(part))
        for first, last, ring, id_, status in session.execute(statement):
            yield first, last, ring, id_, status != _CLOSED
