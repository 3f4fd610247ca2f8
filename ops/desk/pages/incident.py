"""An incident: its story, and what one can do with its case."""

from __future__ import annotations

from fastapi import Request, Response

from ops.api.queries import IncidentPath
from ops.api.rights import CallerHere
from ops.api.service import ServiceHere
from ops.cases.alerts import AlertFilter, alerts
from ops.cases.incidents import incident
from ops.cases.queue import CaseItem, case_of
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.case_rows import row_of
from ops.desk.view.incident_story import story_of
from ops.terminal.shown_values import money, plain

router = pages_of("incident")
_ALERTS = 50


@router.get("/incidents/{incident_id}")
def incident_page(request: Request, service: ServiceHere, caller: CallerHere, incident_id: IncidentPath) -> Response:
    """Return the page of an incident. One that is too mild for a case has none to act on."""
    with service.store.read() as session:
        found = incident(session, incident_id)
        case = case_of(session, incident_id)
        latest = alerts(session, AlertFilter(incident=incident_id), None, _ALERTS).rows
    row = row_of(CaseItem(case, found), caller.name, service.clock(), None) if case else None
    shown = [(alert, money(alert.document), plain(alert.event_id)) for alert in latest]
    headline = plain(found.headline or "An incident without a headline yet", 200)
    return page(request, "incident.html", incident=found, headline=headline, story=story_of(found.document), row=row, alerts=shown)
