"""The audit: who did what when, and whether the chain of it is whole."""

from __future__ import annotations

from threading import Lock
from typing import Annotated

from fastapi import Query, Request, Response

from ops.access.users import users
from ops.api.pages import Cursor, next_of, place_of
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.service import ServiceHere
from ops.cases.audit.checks import last_check, note_check
from ops.cases.audit.entries import entries
from ops.cases.audit.verify import verify
from ops.cases.tables import AuditHead
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.audit_rows import AuditView, audit_lines
from ops.desk.ways import back_to

router = pages_of("audit")
ROWS = 50
_PEOPLE = 12  # links of people; others are found by a press on their name in a row
_CHECKING = Lock()
"""Held while the chain is read: one check at a time is enough."""
Subject = Annotated[str, Query(max_length=128, pattern=r"^[A-Za-z0-9._:@+-]*$")]
Actor = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._@+-]*$")]
ActionName = Annotated[str, Query(max_length=64, pattern=r"^[a-z._-]*$")]
Entity = Annotated[str, Query(max_length=64, pattern=r"^([a-z_]+:[0-9a-f]{16})?$")]


@router.get("/audit")
def audit(
    request: Request,
    service: ServiceHere,
    actor: Actor = "",
    subject: Subject = "",
    action: ActionName = "",
    entity: Entity = "",
    cursor: Cursor = None,
) -> Response:
    """Return a page of the audit, the newest first, and what the last check of the chain found."""
    view, place = AuditView(actor, subject, action, entity), place_of("audit", cursor, int, int)
    with service.store.read() as session:
        found = entries(session, view.wanted(), place, ROWS)
        rows, check, head = audit_lines(session, found.rows), last_check(session), session.get(AuditHead, 1)
        people = [user.name for user in users(session)][:_PEOPLE]
    return page(
        request, "audit.html", view=view, rows=rows, cursor=cursor, next=next_of("audit", found), check=check, people=people,
        count=head.seq if head else 0,
    )  # fmt: skip


@router.post("/audit/check")
def checked(service: ServiceHere, caller: CallerHere) -> Response:
    """Check the whole chain, and note in it what was found."""
    if not _CHECKING.acquire(blocking=False):
        raise Problem(409, "the chain is being checked: look again in a minute")
    try:
        with service.store.read() as session:
            found = verify(session)
    finally:
        _CHECKING.release()
    with service.store.begin() as session:
        note_check(session, found, by=caller.name, now=service.clock())
    return back_to("/audit")
