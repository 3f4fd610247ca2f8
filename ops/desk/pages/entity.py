"""An entity: what it did, with whom, what was decided, on which lists; and the form that puts it on one."""

from __future__ import annotations

from fastapi import Request, Response

from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.entities import EntityPath
from ops.api.service import Service, ServiceHere
from ops.cases.alerts import AlertFilter, alerts
from ops.cases.control_changes import PROPOSED, statuses
from ops.cases.control_lists import records_of_entity
from ops.cases.entities import entity_seen, incidents_of_entity
from ops.cases.entity_life import companions, flagged_events, list_names, proposals_of_entity
from ops.desk.control_rows import may_approve
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.alert_rows import alert_lines
from ops.desk.view.entity_chart import alerts_chart
from ops.desk.view.entity_facts import did_words, listing_of, verdict_words
from ops.desk.view.entity_names import KINDS, entity_name_of
from ops.desk.view.incident_lines import incident_lines
from ops.desk.view.listing_form import Expiry, choices_of

router = pages_of("entity")
_ALERTS, _INCIDENTS = 10, 10
_NOTHING_TYPED = {"list": "", "expires": "", "reason": ""}


@router.get("/entities/{entity}")
def entity_page(request: Request, service: ServiceHere, caller: CallerHere, entity: EntityPath) -> Response:
    """Return the page of an entity; one that was never flagged has one, an unknown kind none."""
    if entity.partition(":")[0] not in KINDS:
        raise Problem(404, f"no event has such an entity: its kind is one of {', '.join(KINDS)}")
    return shown(request, service, caller, entity)


def shown(
    request: Request, service: Service, caller: Caller, entity: str, problem: Problem | None = None, typed: dict[str, str] | None = None
) -> Response:
    """Return the page, with what is wrong with a form and what was typed into it."""
    with service.store.read() as session:
        seen, flagged = entity_seen(session, entity), flagged_events(session, entity)
        incidents = incidents_of_entity(session, entity, None, _INCIDENTS).rows
        its, verdicts = incident_lines(session, incidents)
        lines = alert_lines(session, alerts(session, AlertFilter(entity=entity), None, _ALERTS).rows, entity)
        others = [(entity_name_of(one.entity), one) for one in companions(session, entity)]
        records, proposals, names = records_of_entity(session, entity), proposals_of_entity(session, entity), list_names(session)
        said = statuses(session, records)
    listings = [listing_of(one, PROPOSED, may_approve(one.by, caller)) for one in proposals]
    listings += [listing_of(one, said[one.id]) for one in records]
    return page(
        request, "entity.html", problem.status if problem else 200, one=entity_name_of(entity), seen=seen, did=did_words(seen, flagged),
        chart=alerts_chart(flagged), incidents=its, verdicts=verdict_words(verdicts), rows=lines, others=others, listings=listings,
        lists=choices_of(names), expiries=list(Expiry), error=problem.detail if problem else "",
        typed=_NOTHING_TYPED | (typed or {}),
    )  # fmt: skip
