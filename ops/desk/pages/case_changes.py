"""What else one does with a case on its incident's page: give it, set when it is due, close it, comment."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from domain.times import HOUR_MS
from domain.wording import counted
from ops.api.bodies.cases import Assignment, NewComment, Reason
from ops.api.queries import CasePath
from ops.api.rights import CallerHere
from ops.api.service import ServiceHere
from ops.api.work import now_of, refuse_unknown
from ops.cases import changes, claims
from ops.cases.comments import comment
from ops.desk.acting import acting
from ops.desk.forms import FormHere
from ops.desk.page_route import pages_of
from ops.desk.pages.case_acts import version_of
from ops.desk.ways import back_to

router = pages_of("cases")
LONGEST_DUE_H = 24 * 90


class DueIn(BaseModel):
    """In how many hours a case is to be decided."""

    hours: Annotated[int, Field(ge=1, le=LONGEST_DUE_H)]


@router.post("/cases/{case_id}/assign")
def assign(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Give a case to somebody, whoever has it."""
    owner = form.body(Assignment, owner=form.one("owner")).owner
    with acting(service, caller, [case_id], f"Given to {owner}.") as act:
        refuse_unknown(act.session, owner)
        claims.assign(act.session, case_id, owner, by=caller.name, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/cases/{case_id}/due")
def due(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Set when a case is due, in hours from now."""
    hours = form.body(DueIn, hours=form.one("hours")).hours
    with acting(service, caller, [case_id], f"Due in {counted(hours, 'hour')}.") as act:
        until = service.clock() + hours * HOUR_MS
        changes.set_due(act.session, case_id, until, by=caller.name, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/cases/{case_id}/close")
def close(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Close a case without a verdict."""
    reason = form.body(Reason, reason=form.one("reason")).reason
    with acting(service, caller, [case_id], "Closed without a verdict.") as act:
        changes.close(act.session, case_id, reason, by=caller.name, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/cases/{case_id}/reopen")
def reopen(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Open a closed case again; its verdict stays in force."""
    reason = form.body(Reason, reason=form.one("reason")).reason
    with acting(service, caller, [case_id], "Opened again.") as act:
        changes.reopen(act.session, case_id, reason, by=caller.name, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/cases/{case_id}/comments")
def new_comment(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Comment on a case, on a closed one as well."""
    text = form.body(NewComment, text=form.one("text")).text
    with acting(service, caller, [case_id], "Commented.") as act:
        act.comment = comment(act.session, case_id, text, by=caller.name, **now_of(service)).id
    return back_to(form.one("back"), "comments")
