"""The ring of an incident, for mails and digests: drawn from what the store holds."""

from __future__ import annotations

from sqlalchemy.orm import Session

from domain.incidents.incident import UNCONNECTED_ALERTS, WAVE
from ops.cases import growth
from ops.cases.tables import IncidentRow
from ops.desk.ring_picture.ring import RingPicture

_REVISIONS, _DRAWN = 40, 2_000
"""Revisions and alerts that the picture is drawn from."""


def incident_png(session: Session, incident: str) -> bytes | None:
    """Return the picture as PNG, None where there is none."""
    ring = ring_of(session, incident)
    return None if ring is None else ring.png()


def ring_of(session: Session, incident: str) -> RingPicture | None:
    """Return the picture; None of a wave, of alerts that nothing connects, and of no incident."""
    row = session.get(IncidentRow, incident)
    if row is None or row.kind in (WAVE, UNCONNECTED_ALERTS):
        return None
    numbers = growth.revision_numbers(session, incident, _REVISIONS)
    documents = [one.document for one in growth.revisions_of(session, incident, numbers)] or [row.document]
    return RingPicture.of(documents, growth.alert_documents(session, incident, _DRAWN), row.headline or "The ring")
