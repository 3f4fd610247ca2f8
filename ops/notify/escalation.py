"""Cases that nobody claims in time: told once, as something that happened to the incident."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.times import DAY_MS, MINUTE_MS
from ops.cases.tables import CaseRow, Outgoing
from ops.cases.told import UNCLAIMED, Told, tell
from ops.cases.words import OPEN
from ops.notify.settings import EscalationSettings

_MOST = 500
_LOOK_BACK_MS = DAY_MS
"""A case that became late longer ago, while nothing ran, is not told any more."""


def tell_unclaimed(session: Session, settings: EscalationSettings, now: int) -> int:
    """Tell of cases that have been open without an owner for too long; return how many it was."""
    found = unclaimed(session, settings, now)
    tell(session, [Told(incident, UNCLAIMED, "", now, f"{opened_at}") for incident, opened_at in found])
    return len(found)


def unclaimed(session: Session, settings: EscalationSettings, now: int) -> Sequence[tuple[str, int]]:
    """Return incidents of which it is to be told that nobody has claimed them, each with when it opened."""
    late = now - round(settings.unclaimed_min * MINUTE_MS)
    number = cast(CaseRow.opened_at, Text)
    key = literal("told:").concat(CaseRow.incident_id).concat(f":{UNCLAIMED}:").concat(number)
    was_told = select(Outgoing.id).where(Outgoing.key == key).exists()
    of_them = (
        CaseRow.status == OPEN,
        CaseRow.opened_at <= late,
        CaseRow.opened_at > late - _LOOK_BACK_MS,
        CaseRow.severity_rank >= SEVERITIES.index(settings.at_least),
    )
    statement = select(CaseRow.incident_id, CaseRow.opened_at).where(*of_them, ~was_told)
    rows = session.execute(statement.order_by(CaseRow.opened_at, CaseRow.id).limit(_MOST)).all()
    return [(incident, opened_at) for incident, opened_at in rows] if settings.unclaimed_min else []
