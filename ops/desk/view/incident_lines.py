"""Incidents of an entity as lines: what, how grave, what people said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.entities import EntityIncident
from ops.cases.ingest.incident_rows import largest_sum
from ops.cases.tables import CaseRow, IncidentRow
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
    """On the yardstick of severities."""
    currency: str | None
    opened_at: int
    alerts: int
    """Those of the entity."""
    of: int
    """All of the incident."""
    verdict: str | None
    owner: str | None


def incident_lines(session: Session, found: Sequence[EntityIncident]) -> tuple[list[IncidentLine], Counter[str]]:
    """Return the lines, and how often people gave each verdict."""
    ids = [one.incident.id for one in found]
    wanted = select(CaseRow.incident_id, CaseRow.verdict, CaseRow.owner).where(CaseRow.incident_id.in_(ids))
    cases = {id_: (verdict, owner) for id_, verdict, owner in session.execute(wanted)}
    sums: dict[str, Any] = dict(
        session.execute(select(IncidentRow.id, IncidentRow.document["money_at_risk"]).where(IncidentRow.id.in_(ids))).all()
    )
    lines = []
    for row, alerts in found:
        verdict, owner = cases.get(row.id, (None, None))
        headline = shortened(row.headline, _HEADLINE) if row.headline else NO_HEADLINE
        largest = largest_sum({"money_at_risk": sums[row.id]})
        lines.append(IncidentLine(row.id, headline, row.severity, *largest, row.opened_at, alerts, row.alerts, verdict, owner))
    return lines, Counter(line.verdict for line in lines if line.verdict is not None)
