"""Alerts: the list, and one with its document."""

from __future__ import annotations

from ops.api.bodies.fields import Outcome
from ops.api.bodies.incidents import AlertDetail, AlertPage
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.queries import AlertPath, EventType, SeverityQuery, Since, Until
from ops.api.rights import routes_of
from ops.api.service import ServiceHere
from ops.api.shown import alert_bodies, alert_body
from ops.cases import alerts as store

router = routes_of("alerts")


@router.get("/v1/alerts", summary="Alerts, the latest first", responses=answers(503))
def alerts(
    service: ServiceHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    severity: SeverityQuery = None,
    decision: Outcome | None = None,
    event_type: EventType | None = None,
    since: Since = None,
    until: Until = None,
) -> AlertPage:
    """Return alerts by event time. All filters hold at once."""
    wanted = store.AlertFilter(decision=decision, severity=severity, event_type=event_type, time_from=since, time_before=until)
    place = place_of("alerts", cursor, int)
    with service.store.read() as session:
        page = store.alerts(session, wanted, place, limit)
        return AlertPage(items=alert_bodies(page.rows), next=next_of("alerts", page))


@router.get("/v1/alerts/{alert_id}", summary="An alert", responses=answers(404, 503))
def alert(service: ServiceHere, alert_id: AlertPath) -> AlertDetail:
    """Return an alert with its document: the decision, its reasons, the rings that the event met."""
    with service.store.read() as session:
        return alert_body(store.alert(session, alert_id))
