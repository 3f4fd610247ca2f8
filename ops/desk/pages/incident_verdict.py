"""A verdict given on an incident's page, of the whole or of chosen alerts; and one that is taken back."""

from __future__ import annotations

from fastapi import Request, Response

from domain.wording import counted
from ops.access.roles import Caller
from ops.api.bodies.cases import NewVerdict, Reason, VerdictGiven
from ops.api.own_paths import own_path
from ops.api.queries import CasePath, IncidentPath, VerdictPath
from ops.api.rights import CallerHere
from ops.api.routes import verdicts
from ops.api.service import Service, ServiceHere
from ops.api.work import now_of
from ops.cases import queue
from ops.cases.errors import NotFound
from ops.cases.suggested import take_suggested
from ops.desk.acting import acting
from ops.desk.error_page import Way, told_page
from ops.desk.forms import Form, FormHere
from ops.desk.page_route import pages_of
from ops.desk.pages.case_acts import version_of
from ops.desk.pages.verdict import WAITS
from ops.desk.ways import back_to

router = pages_of("verdict")


@router.post("/incidents/{incident_id}/verdict")
def give(request: Request, service: ServiceHere, caller: CallerHere, incident_id: IncidentPath, form: FormHere) -> Response:
    """Give the verdict; after one of the whole the next incident opens, claimed."""
    chosen = list(form.all("alert"))
    body = form.body(NewVerdict, verdict=form.one("verdict"), reason=form.one("reason"), alerts=chosen)
    here = f"/incidents/{incident_id}"
    answer, following = _given(service, caller, incident_id, body, form)
    if answer.change_id is not None:
        return told_page(request, 202, "It waits for a second person", WAITS, [Way("Go on", here)])
    if following is None:
        return back_to(here, answer.case.id)
    return back_to(f"/incidents/{following}?after={incident_id}")


def _given(service: Service, caller: Caller, incident_id: str, body: NewVerdict, form: Form) -> tuple[VerdictGiven, str | None]:
    """Give a verdict and claim the next case, return its incident. The undo is of the verdict alone."""
    of = f" of {counted(len(body.alerts), 'alert')}" if body.alerts else ""
    with service.store.begin() as session:
        case = queue.case_of(session, incident_id)
        if case is None:
            raise NotFound(f"incident {incident_id} has no case")
        with acting(service, caller, [case.id], f"Verdict: {body.verdict}{of}.", session):
            answer = verdicts.given(service, caller, Response(), session, case.id, body, version_of(form))
        if answer.change_id is not None or body.alerts:
            return answer, None
        following = take_suggested(session, by=caller.name, **now_of(service))
        return answer, None if following is None else following.incident_id


@router.post("/cases/{case_id}/verdicts/{verdict_id}/undo")
def take_back(
    request: Request, service: ServiceHere, caller: CallerHere, case_id: CasePath, verdict_id: VerdictPath, form: FormHere
) -> Response:
    """Take a verdict back: one's own, as a lead anybody's."""
    reason = form.body(Reason, reason=form.one("reason"))
    answer = verdicts.undo(service, caller, Response(), case_id, verdict_id, reason)
    back = form.one("back")
    if answer.change_id is not None:
        said = "It takes so many blocked events back that a second person must agree. Another lead finds it among the changes."
        return told_page(request, 202, "It waits for a second person", said, [Way("Go on", own_path(back))])
    return back_to(back, case_id)
