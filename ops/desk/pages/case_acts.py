"""What one does with a case of the queue: claim it, give it back, take the next one, undo."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from domain.wording import counted
from ops.access.roles import Caller
from ops.api.own_paths import own_path
from ops.api.queries import CasePath, rank_of
from ops.api.rights import LEAD, CallerHere
from ops.api.service import Service, ServiceHere
from ops.api.work import labels_of, now_of
from ops.cases import claims
from ops.cases.desk_acts import act_to_undo, undo_act
from ops.cases.queue import CaseFilter
from ops.desk.acting import acting
from ops.desk.error_page import Way, told_page
from ops.desk.forms import Form, FormHere
from ops.desk.list_acts import is_list_act, undo_list_act
from ops.desk.page_route import pages_of
from ops.desk.release_acts import is_release, undo_release
from ops.desk.view.queue_view import KINDS, SEVERITY_WORDS
from ops.desk.ways import back_to

router = pages_of("cases")
ActPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


def version_of(form: Form) -> int | None:
    """Return the version of the case that the page showed, None for any."""
    return form.number("version")


@router.post("/cases/{case_id}/claim")
def claim(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Take a case for oneself."""
    with acting(service, caller, [case_id], "Claimed.") as act:
        claims.claim(act.session, case_id, by=caller.name, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/cases/{case_id}/release")
def release(service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Give a case back to the queue: one's own, as a lead anybody's."""
    others = caller.role in LEAD
    with acting(service, caller, [case_id], "Given back.") as act:
        claims.release(act.session, case_id, by=caller.name, others=others, version=version_of(form), **now_of(service))
    return back_to(form.one("back"), case_id)


@router.post("/next")
def next_case(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Claim the gravest free case of the list that one looks at, and open it."""
    severity, kind = form.one("severity"), form.one("kind")
    wanted = CaseFilter(kind=kind if kind in KINDS else None, severity_rank=rank_of(severity) if severity in SEVERITY_WORDS else None)
    incident = _claimed(service, caller, wanted)
    if incident is None:
        return told_page(
            request, 200, "Nothing is free", "Each case of this list has somebody.", [Way("Back to the queue", own_path(form.one("back")))]
        )
    return back_to(f"/incidents/{incident}")


def _claimed(service: Service, caller: Caller, wanted: CaseFilter) -> str | None:
    """Claim the gravest free case and return its incident."""
    with service.store.begin() as session:
        found = claims.free_case(session, service.clock(), wanted)
        if found is None:
            return None
        with acting(service, caller, [found.id], "Claimed.", session):
            claims.claim(session, found.id, by=caller.name, **now_of(service))
        return found.incident_id


@router.post("/acts/{act_id}/undo")
def undo(request: Request, service: ServiceHere, caller: CallerHere, act_id: ActPath, form: FormHere) -> Response:
    """Take back what one has just done."""
    back = own_path(form.one("back"))
    with service.store.begin() as session:
        act = act_to_undo(session, act_id, caller.name, service.clock())
        for is_its, undo_its in ((is_list_act, undo_list_act), (is_release, undo_release)):
            if is_its(act):
                undo_its(session, service, caller, act)
                return back_to(back)
        outcomes = undo_act(session, act, by=caller.name, **labels_of(service, session))
    left = [outcome for outcome in outcomes if outcome.error is not None]
    if left:
        said = f"{counted(len(left), 'case')} of {len(outcomes)} stay as they are: somebody has changed them since."
        return told_page(request, 200, "Undone in part", said, [Way("Go on", back)])
    return back_to(back, outcomes[0].case_id)
