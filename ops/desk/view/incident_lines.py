"""Incidents of an entity as lines: what, how grave, what people said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.entities import EntityIncident
from ops.cases.tables import CaseRow
from ops.desk.markup import shortened
from ops.desk.view.alert_rows import NO_HEADLINE

_HEADLINE = 120


@dataclass(frozen=True)
class IncidentLine:
    """What a line shows."""

    id: str
    headline: str
    severity: str
    money: float
    opened_at: int
    alerts: int
    """Those of the entity."""
    of: int
    """All of the incident."""
    verdict: str | None
    owner: str | None


def incident_lines(session: Session, found: Sequence[EntityIncident]) -> tuple[list[IncidentLine], Counter[str]]:
    """Return the lines, and how often people gave each verdict."""
    wanted = select(CaseRow.incident_id, CaseRow.verdict, CaseRow.owner).where(CaseRow.incident_id.in_([one.incident.id for one in found]))
    cases = {id_: (verdict, owner) for id_, verdict, owner in session.execute(wanted)}
    lines = []
    for row, alerts in found:
        verdict, owner = cases.get(row.id, (None, None))
        headline = shortened(row.headline, _HEADLINE) if row.headline else NO_HEADLINE
        lines.append(IncidentLine(row.id, headline, row.severity, row.money, row.opened_at, alerts, row.alerts, verdict, owner))
    return lines, Counter(line.verdict for line in lines if line.verdict is not None)
