"""Alerts: every flagged event, the latest first."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from ops.api.pages import Cursor, next_of, place_of
from ops.api.queries import EventType
from ops.api.service import ServiceHere
from ops.cases.alert_search import LOOKED_AT, found_alerts
from ops.cases.tables import IncidentRow
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.alert_rows import alert_lines
from ops.desk.view.alert_view import AlertView

router = pages_of("alerts")
ROWS = 50
Entity = Annotated[str, Query(max_length=64, pattern=r"^([a-z][a-z_]{0,31}:[0-9a-f]{16})?$")]
Incident = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$")]


@router.get("/alerts")
def alerts(
    request: Request,
    service: ServiceHere,
    decision: Literal["", "block", "investigate"] = "",
    severity: Literal["", "low", "medium", "high", "critical"] = "",
    type: Literal[""] | EventType = "",
    span: Literal["", "hour", "day", "week"] = "",
    entity: Entity = "",
    incident: Incident = "",
    cursor: Cursor = None,
) -> Response:
    """Return a page of alerts. A rare kind is looked for among so many at once."""
    view = AlertView(decision, severity, type, span, entity, incident)
    place = place_of("alerts", cursor, int)
    with service.store.read() as session:
        found = found_alerts(session, view.wanted(service.clock()), place, ROWS)
        rows = alert_lines(session, found.rows, entity)
        named = session.get(IncidentRow, incident) if incident else None
        about = named.headline if named else None
    looked_to = found.after[0] if found.after and len(rows) < ROWS else None
    return page(
        request, "alerts.html", view=view, rows=rows, cursor=cursor, next=next_of("alerts", found), about=about,
        looked_to=looked_to, looked_at=LOOKED_AT,
    )  # fmt: skip
