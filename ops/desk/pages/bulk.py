"""One act on many cases: what it would do, one reason, and it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from domain.wording import counted
from ops.access.roles import Caller
from ops.api.bodies.cases import BulkAction, BulkAnswer, BulkCase
from ops.api.bodies.fields import MOST_IDS
from ops.api.bodies.fields import Request as Fields
from ops.api.own_paths import own_path
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.bulk import acted, preview
from ops.api.service import Service, ServiceHere
from ops.api.work import now_of
from ops.cases import queue
from ops.cases.bulk import bulk
from ops.cases.claims import claim
from ops.cases.errors import Conflict, NotFound
from ops.desk.acting import acting
from ops.desk.error_page import Way, told_page
from ops.desk.forms import Form, FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.pages.verdict import WAITS
from ops.desk.people import people_of
from ops.desk.view.case_rows import Row, row_of
from ops.desk.ways import back_to

router = pages_of("bulk")
ACTS: Mapping[str, tuple[str, str | None, str]] = {
    "fraud": ("verdict", "fraud", "Verdict fraud"),
    "legitimate": ("verdict", "legitimate", "Verdict legitimate"),
    "inconclusive": ("verdict", "inconclusive", "Verdict inconclusive"),
    "assign": ("assign", None, "Given to somebody"),
    "close": ("close", None, "Closed without a verdict"),
    "reopen": ("reopen", None, "Opened again"),
}
"""Button of the queue -> the API's action, its verdict, what is said of it."""


class Chosen(Fields):
    """The cases that are chosen in the queue."""

    cases: Annotated[list[BulkCase], Field(min_length=1, max_length=MOST_IDS)]


@router.post("/bulk/preview")
def previewed(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Return what an act would do with each of the chosen cases, and ask for a reason."""
    body = _body(form, reason="preview", owner=caller.name)
    answer = preview(service, caller, body)
    with service.store.read() as session:
        rows, people = _rows(session, service, caller, body), people_of(session)
    why_not = {case.id: case.why_not for case in answer.cases if not case.does}
    return page(
        request, "bulk.html", choice=form.one("choice"), does=ACTS[form.one("choice")][2], rows=rows, answer=answer,
        why_not=why_not, people=people, back=own_path(form.one("back")), undo_min=service.settings.cases.undo_s / 60,
    )  # fmt: skip


@router.post("/bulk")
def done(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Act on the cases, and go back to the queue; the undo says on how many."""
    body, back = _body(form, reason=form.one("reason"), owner=form.one("owner") or None), form.one("back")
    with acting(service, caller, [case.id for case in body.cases], "") as act:
        answer = acted(service, caller, act.session, body)
        act.said = _said(form.one("choice"), body, answer)
    if answer.change_id is not None:
        return told_page(request, 202, "It waits for a second person", WAITS, [Way("Go on", own_path(back))])
    if not answer.done:
        raise Conflict(answer.cases[0].why_not or "none of these cases could be changed")
    return back_to(back)


@router.post("/bulk/claim")
def claimed(service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Take all chosen cases for oneself; those of others stay, and the undo says how many it was."""
    versions = {case.id: case.version for case in form.body(Chosen, cases=_cases_of(form)).cases}
    common = {"by": caller.name, **now_of(service)}
    with acting(service, caller, list(versions), "") as act:
        outcomes = bulk(act.session, list(versions), lambda case_id: claim(act.session, case_id, version=versions[case_id], **common))
        done = sum(outcome.error is None for outcome in outcomes)
        act.said = f"Claimed: {done} of {counted(len(outcomes), 'case')}." if done < len(outcomes) else f"Claimed: {counted(done, 'case')}."
    if not done and outcomes[0].error is not None:
        raise outcomes[0].error
    return back_to(form.one("back"))


def _cases_of(form: Form) -> list[dict[str, Any]]:
    """Return the chosen cases as the API is told them: `case` fields are id:version."""
    if not form.all("case"):
        raise Problem(422, "choose cases first: press x on each, or its box")
    found = (text.partition(":") for text in form.all("case"))
    return [{"id": name, "version": int(version) if version.isdecimal() else None} for name, _, version in found]


def _body(form: Form, **values: Any) -> BulkAction:
    """Return what the API would be asked for."""
    if form.one("choice") not in ACTS:
        raise Problem(422, f"choice: one of {', '.join(ACTS)} is wanted", "choice")
    action, verdict, _ = ACTS[form.one("choice")]
    cases = _cases_of(form)
    owner = {"owner": values.pop("owner")} if action == "assign" else {}
    values.pop("owner", None)
    return form.body(BulkAction, action=action, verdict=verdict, cases=cases, **owner, **values)


def _rows(session: Session, service: Service, caller: Caller, body: BulkAction) -> list[Row]:
    found: list[Row] = []
    for case in body.cases:
        try:
            found.append(row_of(queue.case(session, case.id), caller.name, service.clock(), None))
        except NotFound:
            continue
    return found


def _said(choice: str, body: BulkAction, answer: BulkAnswer) -> str:
    what = f"Given to {body.owner}" if choice == "assign" else ACTS[choice][2]
    on = counted(answer.done, "case")
    return f"{what}: {on}." if answer.done == len(answer.cases) else f"{what}: {answer.done} of {counted(len(answer.cases), 'case')}."
