"""Incidents: the list, one with its revisions and alerts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query

from ops.api.bodies.fields import Action, CaseStatus, Kind, Status
from ops.api.bodies.incidents import AlertPage, IncidentDetail, IncidentPage, Revision, RevisionPage, SimilarIncident, SimilarIncidents
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.queries import IncidentPath, Pattern, SeverityQuery, Since, Until, rank_of
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.api.shown import alert_bodies, incident_bodies, incident_body
from ops.cases import incidents as store
from ops.cases.alerts import AlertFilter
from ops.cases.alerts import alerts as alerts_of
from ops.cases.similar import similar

Sort = Annotated[
    Literal["updated", "opened", "severity", "money", "score", "alerts"],
    Query(description="The largest first: the newest, the gravest, the dearest, the highest score, the most alerts"),
]
Text = Annotated[
    str | None,
    Query(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="Part of the headline, in any case; or a whole id"),
]
Owner = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9._@+-]+$", description="Owner of the case, `me` for your own")]
MostSimilar = Annotated[int, Query(ge=1, le=50, description="How many")]
RevisionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = routes_of("incidents")


@router.get("/v1/incidents", summary="Incidents", responses=answers(503))
def incidents(
    service: ServiceHere,
    caller: CallerHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    sort: Sort = "updated",
    severity: SeverityQuery = None,
    status: Status | None = None,
    kind: Kind | None = None,
    action: Action | None = None,
    pattern: Pattern = None,
    opened_from: Since = None,
    opened_before: Until = None,
    text: Text = None,
    owner: Owner = None,
    case: CaseStatus | None = None,
) -> IncidentPage:
    """Return incidents with the state of their cases. All filters hold at once."""
    wanted = store.IncidentFilter(
        kind, status, rank_of(severity), action, pattern, opened_from, opened_before, text, caller.name if owner == "me" else owner, case
    )
    order = f"incidents {sort}"
    place = place_of(order, cursor, float)
    with service.store.read() as session:
        page = store.incidents(session, wanted, sort, place, limit)
        return IncidentPage(items=incident_bodies(session, page.rows), next=next_of(order, page))


@router.get("/v1/incidents/{incident_id}", summary="An incident", responses=answers(404, 503))
def incident(service: ServiceHere, incident_id: IncidentPath) -> IncidentDetail:
    """Return an incident with the document of its newest revision, and its case."""
    with service.store.read() as session:
        row = store.incident(session, incident_id)
        return incident_body(session, row, store.goes_on_as(session, row))


@router.get("/v1/incidents/{incident_id}/revisions", summary="The revisions of an incident", responses=answers(404, 503))
def revisions(service: ServiceHere, incident_id: IncidentPath, limit: Limit = 20, cursor: Cursor = None) -> RevisionPage:
    """Return the revisions of an incident as they were published, the oldest first."""
    place = place_of("revisions", cursor, int)
    with service.store.read() as session:
        store.incident(session, incident_id)
        page = store.revisions(session, incident_id, place, limit)
        return RevisionPage(items=[Revision.model_validate(row) for row in page.rows], next=next_of("revisions", page))


@router.get("/v1/incidents/{incident_id}/revisions/{revision}", summary="A revision", responses=answers(404, 503))
def revision(service: ServiceHere, incident_id: IncidentPath, revision: RevisionNumber) -> Revision:
    """Return one revision of an incident as it was published."""
    with service.store.read() as session:
        return Revision.model_validate(store.revision(session, incident_id, revision))


@router.get("/v1/incidents/{incident_id}/alerts", summary="The alerts of an incident", responses=answers(404, 503))
def incident_alerts(service: ServiceHere, incident_id: IncidentPath, limit: Limit = 50, cursor: Cursor = None) -> AlertPage:
    """Return the alerts that are the incident's own, the latest first."""
    place = place_of("alerts", cursor, int)
    with service.store.read() as session:
        store.incident(session, incident_id)
        page = alerts_of(session, AlertFilter(incident=incident_id), place, limit)
        return AlertPage(items=alert_bodies(page.rows), next=next_of("alerts", page))


@router.get("/v1/incidents/{incident_id}/similar", summary="Incidents like one", responses=answers(404, 503))
def similar_incidents(service: ServiceHere, incident_id: IncidentPath, limit: MostSimilar = 10) -> SimilarIncidents:
    """Return incidents that share entities, the rarer the better, then those whose evidence is alike."""
    with service.store.read() as session:
        found = similar(session, incident_id, limit)
        bodies = incident_bodies(session, [one.incident for one in found])
        return SimilarIncidents(
            items=[
                SimilarIncident(incident=body, shared=list(one.shared)[:20], likeness=one.likeness, verdict=one.verdict)  # type: ignore[arg-type]
                for one, body in zip(found, bodies, strict=True)
            ]
        )
