"""Changes of the job: what was asked for, what became of it, and what waits for a second person."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query
from sqlalchemy.orm import Session

from domain.events.event import Rejected
from ops.access.roles import LOCAL, Caller
from ops.access.second_person import Proposal, refuse_made_up
from ops.api.bodies.cases import Reason
from ops.api.bodies.control import ChangePage, ChangeRow
from ops.api.bodies.fields import ChangeStatus
from ops.api.control_desk import audit_change, desk_of, rejected
from ops.api.pages import Cursor, Limit, cut, key_of
from ops.api.problems import Problem, answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import Service, ServiceHere
from ops.api.shown import change_bodies, change_body
from ops.api.work import labels_of
from ops.cases.control_changes import PROPOSED, WITHDRAWN
from ops.cases.control_lists import changes as changes_of
from ops.cases.second_person import RELEASE, UNDO, VERDICT, carry_out
from ops.cases.tables import ControlChange

ChangeId = Annotated[int, Path(ge=1, le=2**53 - 1)]
AnyKind = Literal["rule", "list", "switch", "model", "shadow_model", "rate", "verdict", "undo", "release"]
AnyRecord = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$", description="Id of the record, of a switch its name")]
router = routes_of("changes")


@router.get("/v1/changes", summary="Changes, the newest first", responses=answers(503))
def changes(
    service: ServiceHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: ChangeStatus | None = None,
    kind: AnyKind | None = None,
    record_id: AnyRecord = None,
) -> ChangePage:
    """Return who asked for what, and what the job made of it. `status=proposed`: what waits for you."""
    key = key_of("changes", cursor, int)
    with service.store.read() as session:
        rows = changes_of(session, limit + 1, int(key[0] or 0) if key else None, status, kind, record_id)
        page, following = cut(rows, limit, "changes", lambda row: (row.id,))
        return ChangePage(items=change_bodies(session, page), next=following)


@router.get("/v1/changes/{change_id}", summary="A change", responses=answers(404, 503))
def change(service: ServiceHere, change_id: ChangeId) -> ChangeRow:
    """Return a change: whether it waits, for whom or what, is sent, applied or refused, and why."""
    with service.store.read() as session:
        return change_body(session, _found(session, change_id))


@router.post("/v1/changes/{change_id}/approve", summary="Approve a change as the second person", responses=answers(404, 409, 422, 503))
def approve(service: ServiceHere, caller: CallerHere, change_id: ChangeId) -> ChangeRow:
    """Carry out a proposed change. Who proposed it cannot approve it, by whatever token; nor can a user whom
    another person added, raised, let in again or gave a password within 24 h.
    """
    now = service.clock()
    with service.store.begin() as session:
        found = _proposed(session, change_id)
        _refuse_alone(session, found, caller, now)
        _carry_out(service, session, found, caller.name, now)
        audit_change(session, found, "approve", caller, now)
        return change_body(session, found)


@router.post("/v1/changes/{change_id}/withdraw", summary="Turn a proposed change down", responses=answers(404, 409, 422, 503))
def withdraw(service: ServiceHere, caller: CallerHere, change_id: ChangeId, body: Reason) -> ChangeRow:
    """Turn down a change that waits, your own as well."""
    now = service.clock()
    with service.store.begin() as session:
        found = _proposed(session, change_id)
        found.status, found.why_refused = WITHDRAWN, body.reason
        audit_change(session, found, "withdraw", caller, now)
        session.flush()
        return change_body(session, found)


def _refuse_alone(session: Session, found: ControlChange, caller: Caller, now: int) -> None:
    """Raise `Problem` 403 for who proposed it, and for a program, behind which may be the same person.

    Raises `Forbidden` for a user behind whom may be another person.
    """
    if caller == LOCAL:
        return
    if caller.user_id is None:
        raise Problem(403, "a person approves it, not a program's token")
    if found.by == caller.name:
        raise Problem(403, "you proposed it: another person approves it")
    refuse_made_up(session, caller.name, Proposal(found.by, found.at), now)


def _carry_out(service: Service, session: Session, found: ControlChange, approver: str, now: int) -> None:
    if found.kind in (VERDICT, UNDO, RELEASE):
        carry_out(session, found, approver, **labels_of(service, session))
        return
    try:
        desk_of(service).approve(session, found, approver, now)
    except Rejected as why:
        raise rejected(why) from None


def _found(session: Session, change_id: int) -> ControlChange:
    found = session.get(ControlChange, change_id)
    if found is None:
        raise Problem(404, f"there is no change {change_id}")
    return found


def _proposed(session: Session, change_id: int) -> ControlChange:
    found = session.get(ControlChange, change_id, with_for_update=True)
    if found is None:
        raise Problem(404, f"there is no change {change_id}")
    if found.status != PROPOSED:
        raise Problem(409, f"change {change_id} does not wait for anybody: it is {found.status}")
    return found
