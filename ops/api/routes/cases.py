"""Cases: the queue, who works on what, until when, and what they write."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response

from ops.api.bodies.cases import (
    Assignment,
    CasePage,
    CaseRow,
    CommentPage,
    CommentRow,
    DueTime,
    NewComment,
    Reason,
    StatusChange,
)
from ops.api.bodies.fields import Kind, Verdict
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.queries import CasePath, IfMatch, SeverityQuery, Until, rank_of, version_in
from ops.api.rights import LEAD, CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.api.shown import case_body
from ops.api.work import changed, now_of, refuse_unknown
from ops.cases import changes, claims, queue
from ops.cases.comments import comment, comments

State = Annotated[Literal["queue", "open", "claimed", "closed", "all"], Query(description="The queue is what is open or claimed")]
Sort = Annotated[Literal["priority", "due", "updated"], Query(description="The gravest, the soonest due, the latest changed first")]
Owner = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9._@+-]+$", description="Whose cases, `me` for your own")]
CHANGED = answers(404, 409, 422, 503)
router = routes_of("cases")


@router.get("/v1/cases", summary="Cases", responses=answers(503))
def cases(
    service: ServiceHere,
    caller: CallerHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: State = "queue",
    sort: Sort = "priority",
    owner: Owner = None,
    kind: Kind | None = None,
    severity: SeverityQuery = None,
    verdict: Verdict | None = None,
    due_before: Until = None,
) -> CasePage:
    """Return cases, and how many the list has. All filters hold at once."""
    wanted = queue.CaseFilter(state, caller.name if owner == "me" else owner, kind, rank_of(severity), verdict, due_before)
    order = f"cases {sort}"
    place = place_of(order, cursor, float)
    with service.store.read() as session:
        page = queue.cases(session, wanted, sort, place, limit)
        items = [case_body(*row) for row in page.rows]
        return CasePage(items=items, next=next_of(order, page), count=queue.count_cases(session, wanted))


@router.post("/v1/cases/next", summary="Claim the gravest free case", responses={204: {"description": "No case is free"}, **answers(503)})
def next_case(
    service: ServiceHere, caller: CallerHere, response: Response, severity: SeverityQuery = None, kind: Kind | None = None
) -> CaseRow | None:
    """Claim the gravest case that nobody has. Two who ask at once get two cases."""
    wanted = queue.CaseFilter(kind=kind, severity_rank=rank_of(severity))
    with service.store.begin() as session:
        found = claims.next_case(session, by=caller.name, now=service.clock(), settings=service.settings.cases, wanted=wanted)
        if found is None:
            return Response(status_code=204)  # type: ignore[return-value]
        return changed(session, response, found)


@router.get("/v1/cases/{case_id}", summary="A case", responses=answers(404, 503))
def case(service: ServiceHere, response: Response, case_id: CasePath) -> CaseRow:
    """Return a case; its ETag is for `If-Match` of a change. To read a case claims nothing."""
    with service.store.read() as session:
        return changed(session, response, queue.case(session, case_id).case)


@router.post("/v1/cases/{case_id}/claim", summary="Claim a case", responses=CHANGED)
def claim(service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, if_match: IfMatch = None) -> CaseRow:
    """Take a case for yourself; a claim of your own lasts longer."""
    with service.store.begin() as session:
        found = claims.claim(session, case_id, by=caller.name, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.post("/v1/cases/{case_id}/release", summary="Give a case back", responses=CHANGED)
def release(service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, if_match: IfMatch = None) -> CaseRow:
    """Put a case back into the queue: your own, as a lead anybody's."""
    others = caller.role in LEAD
    with service.store.begin() as session:
        found = claims.release(session, case_id, by=caller.name, others=others, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.post("/v1/cases/{case_id}/assign", summary="Give a case to somebody", responses=CHANGED)
def assign(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, body: Assignment, if_match: IfMatch = None
) -> CaseRow:
    """Assign a case to another person, whoever has it."""
    with service.store.begin() as session:
        refuse_unknown(session, body.owner)
        found = claims.assign(session, case_id, body.owner, by=caller.name, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.post("/v1/cases/{case_id}/due", summary="Set when a case is due", responses=CHANGED)
def due(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, body: DueTime, if_match: IfMatch = None
) -> CaseRow:
    """Set the due time of a case; it no longer follows the severity."""
    with service.store.begin() as session:
        found = changes.set_due(session, case_id, body.due_at, by=caller.name, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.post("/v1/cases/{case_id}/status", summary="Close a case without a verdict, or open it", responses=CHANGED)
def status(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, body: StatusChange, if_match: IfMatch = None
) -> CaseRow:
    """Close a case without a verdict, or open a closed one."""
    act = changes.close if body.status == "closed" else changes.reopen
    with service.store.begin() as session:
        found = act(session, case_id, body.reason, by=caller.name, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.post("/v1/cases/{case_id}/reopen", summary="Open a closed case", responses=CHANGED)
def reopen(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, body: Reason, if_match: IfMatch = None
) -> CaseRow:
    """Open a closed case. Its verdict stays in force until it is undone or another one is given."""
    with service.store.begin() as session:
        found = changes.reopen(session, case_id, body.reason, by=caller.name, version=version_in(if_match), **now_of(service))
        return changed(session, response, found)


@router.get("/v1/cases/{case_id}/comments", summary="The comments on a case", responses=answers(404, 503))
def case_comments(service: ServiceHere, case_id: CasePath, limit: Limit = 50, cursor: Cursor = None) -> CommentPage:
    """Return comments, the oldest first."""
    place = place_of("comments", cursor, int)
    with service.store.read() as session:
        queue.case(session, case_id)
        page = comments(session, case_id, place, limit)
        return CommentPage(items=[CommentRow.model_validate(row) for row in page.rows], next=next_of("comments", page))


@router.post("/v1/cases/{case_id}/comments", summary="Comment on a case", status_code=201, responses=CHANGED)
def new_comment(service: ServiceHere, caller: CallerHere, case_id: CasePath, body: NewComment) -> CommentRow:
    """Add a comment, to a closed case as well."""
    with service.store.begin() as session:
        return CommentRow.model_validate(comment(session, case_id, body.text, by=caller.name, **now_of(service)))
