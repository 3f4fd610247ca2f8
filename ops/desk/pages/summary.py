"""The summary of an incident, rated and corrected: a form that says by field what is not in the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from ops.access.roles import Caller
from ops.api.bodies.feedback import Correction, NewFeedback
from ops.api.problems import Problem
from ops.api.queries import IncidentPath
from ops.api.rights import LEAD, CallerHere
from ops.api.routes.feedback import given, taken_back
from ops.api.service import Service, ServiceHere
from ops.cases import incidents
from ops.cases.errors import Conflict, Invalid
from ops.cases.feedback.give import Refused, feedback_on
from ops.desk.forms import Form, FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.story import story_of
from ops.desk.view.summary_form import SummaryForm, form_of, sent_form
from ops.desk.ways import back_to

router = pages_of("summary")
Revision = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
FeedbackPath = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/incidents/{incident_id}/summary")
def summary_page(request: Request, service: ServiceHere, caller: CallerHere, incident_id: IncidentPath) -> Response:
    """Return the form, with the newest summary in it, or with what one has said of it."""
    return _shown(request, service, caller, incident_id, None, {}, 200)


@router.post("/incidents/{incident_id}/summary")
def say(request: Request, service: ServiceHere, caller: CallerHere, incident_id: IncidentPath, form: FormHere) -> Response:
    """Keep what somebody says; else show the form again, with what is wrong beside each field."""
    try:
        with service.store.begin() as session:
            given(service, caller, session, incident_id, _body(form))
    except Refused as error:
        wrong = {one.field: [text.text for text in error.complaints if text.field == one.field] for one in error.complaints}
    except (Invalid, Conflict, Problem) as error:
        if isinstance(error, Problem) and error.status != 422:
            raise
        wrong = {getattr(error, "field", None) or "version": [str(error)]}
    else:
        return back_to(f"/incidents/{incident_id}")
    return _shown(request, service, caller, incident_id, form, wrong, 422)


@router.post("/incidents/{incident_id}/summary/{feedback_id}/undo")
def undo(service: ServiceHere, caller: CallerHere, incident_id: IncidentPath, feedback_id: FeedbackPath, form: FormHere) -> Response:
    """Take one's own feedback back, as a lead anybody's."""
    with service.store.begin() as session:
        taken_back(service, caller, session, incident_id, feedback_id)
    return back_to(form.one("back"))


def _body(form: Form) -> NewFeedback:
    """Return what the form says; a text is a correction only where somebody says so."""
    correction = form.body(Correction, next_steps=list(form.all("step"))) if form.one("corrects") else None
    return form.body(NewFeedback, correction=correction, revision=form.number("revision"), version=form.number("version"))


def _shown(
    request: Request, service: Service, caller: Caller, incident_id: str, sent: Form | None, wrong: Mapping[str, Any], status: int
) -> Response:
    with service.store.read() as session:
        row = incidents.incident(session, incident_id)
        number = (sent.number("revision") if sent else None) or row.revision
        document, said = incidents.revision(session, incident_id, number).document, feedback_on(session, incident_id)
    own = next((one for one in said if one.by == caller.name and one.revision == number and one.undone_at is None), None)
    form: SummaryForm = sent_form(document, sent) if sent else form_of(document, own)
    story = story_of(document, document.get("headline"))
    return page(
        request, "summary.html", status, incident=row, story=story, form=form, said=said, wrong=wrong,
        others=caller.role in LEAD,
    )  # fmt: skip
