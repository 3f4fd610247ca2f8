"""Entities: found by their raw value, which is hashed here and audited, and shown by pseudonym."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from sqlalchemy.orm import Session

from domain.control.listed import hashed
from domain.events.event import Rejected
from domain.events.identity import as_text
from ops.api.bodies.entities import EntityDetail, EntityIncident, EntityIncidentPage, ListedOn, Lookup, SeenWith
from ops.api.bodies.incidents import AlertPage
from ops.api.control_desk import rejected
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import Problem, answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.api.shown import alert_bodies, incident_bodies
from ops.cases.alerts import AlertFilter
from ops.cases.alerts import alerts as alerts_of
from ops.cases.control_changes import statuses
from ops.cases.control_lists import records_of_entity
from ops.cases.entities import entity_seen, incidents_of_entity, links, note_look_up

EntityPath = Annotated[str, Path(max_length=64, pattern=r"^[a-z][a-z_]{0,31}:[0-9a-f]{16}$", description="As `device:9c41aa00bb11cc22`")]
router = routes_of("entities")


@router.post("/v1/entities/look-up", summary="Find an entity by its raw value", responses=answers(503))
def look_up(service: ServiceHere, caller: CallerHere, body: Lookup) -> EntityDetail:
    """Hash an e-mail, a device id or whatever else events name, and return what is known of it.

    The value is in no address, no log and no table; that you looked, and at whose pseudonym, is audited.
    """
    if service.pseudonyms is None:
        raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
    try:
        name = f"{body.kind}:{as_text(hashed(body.kind, body.value, service.pseudonyms, 'value'))}"
    except Rejected as why:
        raise rejected(why) from None
    with service.store.begin() as session:
        note_look_up(session, name, by=caller.name, now=service.clock(), is_raw=True, reason=body.reason)
        return _detail(session, name)


@router.get("/v1/entities/{entity}", summary="An entity", responses=answers(503))
def entity(service: ServiceHere, entity: EntityPath) -> EntityDetail:
    """Return what is known of an entity; of one that was never flagged zeros."""
    with service.store.read() as session:
        return _detail(session, entity)


@router.get("/v1/entities/{entity}/alerts", summary="The alerts of an entity", responses=answers(503))
def entity_alerts(service: ServiceHere, entity: EntityPath, limit: Limit = 50, cursor: Cursor = None) -> AlertPage:
    """Return the alerts whose events name an entity, the latest first."""
    place = place_of("entity alerts", cursor, int)
    with service.store.read() as session:
        page = alerts_of(session, AlertFilter(entity=entity), place, limit)
        return AlertPage(items=alert_bodies(page.rows), next=next_of("entity alerts", page))


@router.get("/v1/entities/{entity}/incidents", summary="The incidents of an entity", responses=answers(503))
def entity_incidents(service: ServiceHere, entity: EntityPath, limit: Limit = 50, cursor: Cursor = None) -> EntityIncidentPage:
    """Return the incidents that an entity is part of, the last begun first."""
    place = place_of("entity incidents", cursor, int)
    with service.store.read() as session:
        page = incidents_of_entity(session, entity, place, limit)
        bodies = incident_bodies(session, [row.incident for row in page.rows])
        items = [EntityIncident(incident=body, alerts=row.alerts) for body, row in zip(bodies, page.rows, strict=True)]
        return EntityIncidentPage(items=items, next=next_of("entity incidents", page))


def _detail(session: Session, name: str) -> EntityDetail:
    seen, its = entity_seen(session, name), records_of_entity(session, name)
    said = statuses(session, its)
    return EntityDetail(
        entity=name,
        alerts=seen.alerts,
        incidents=seen.incidents,
        first_time=seen.first_time,
        last_time=seen.last_time,
        decisions=seen.decisions,
        seen_with=[SeenWith(entity=other, alerts=alerts) for other, alerts in links(session, name)],
        lists=[ListedOn(id=one.record_id, list=one.list_name or "", state=one.state, status=said[one.id]) for one in its],
    )
