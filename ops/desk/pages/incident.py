"""One incident: its story, what may be done, its picture, its timeline and all that belongs to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.pages import Cursor, next_of, place_of
from ops.api.queries import IncidentPath
from ops.api.rights import RIGHTS, CallerHere
from ops.api.routes.verdicts import needs_second
from ops.api.service import ServiceHere
from ops.cases import queue
from ops.desk.case_file import CaseFile, Wanted, case_file
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.people import people_of
from ops.desk.view.case_rows import Row, row_of
from ops.desk.view.incident_words import account_lines, in_short, related_of, similar_lines, wave_events
from ops.desk.view.story import story_of

router = pages_of("incident")
Revision = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
After = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="The incident that was decided before")]
_ORDER = "desk alerts"


@router.get("/incidents/{incident_id}")
def incident_page(
    request: Request,
    service: ServiceHere,
    caller: CallerHere,
    incident_id: IncidentPath,
    revision: Revision = None,
    cursor: Cursor = None,
    after: After = None,
) -> Response:
    """Return the page of an incident. One that is too mild for a case has none to act on."""
    wanted = Wanted(incident_id, place_of(_ORDER, cursor, int), caller.role in RIGHTS["GET", "/v1/audit"])
    with service.store.read() as session:
        file = case_file(session, wanted)
        row = _row(session, incident_id, caller, service.clock())
        decided = _row(session, after, caller, service.clock()) if after else None
        people = people_of(session)
        waits = needs_second(service, session, caller, file.blocks, {file.case.id} if file.case else ())
    return page(
        request, "incident.html", file=file, row=row, decided=decided, people=people, cursor=cursor,
        next=next_of(_ORDER, file.page), audit_page=("GET", "/audit") in RIGHTS, undo_min=service.settings.cases.undo_s / 60,
        waits=waits, **_shown(file, revision),
    )  # fmt: skip


def _row(session: Session, incident_id: str, caller: Caller, now: int) -> Row | None:
    case = queue.case_of(session, incident_id)
    return row_of(queue.case(session, case.id), caller.name, now, None) if case else None


def _shown(file: CaseFile, revision: int | None) -> dict[str, Any]:
    """Return what is told of an incident and asks nothing of the store."""
    document = file.incident.document
    return {
        "story": story_of(document, file.incident.headline),
        "short": in_short(file.incident),
        "ring": file.ring(revision),
        "timeline": file.timeline(),
        "similar": similar_lines(file.similar),
        "accounts": account_lines(file.accounts),
        "events": wave_events(document),
        "related": related_of(document),
    }
