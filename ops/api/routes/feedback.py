"""What people say of an incident's summary: ratings and corrections, which may be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from sqlalchemy.orm import Session

from domain.summaries.summary import Draft
from ops.access.roles import Caller
from ops.api.bodies.feedback import Correction, Feedback, FeedbackList, NewFeedback
from ops.api.problems import answers
from ops.api.queries import IncidentPath
from ops.api.rights import LEAD, CallerHere, routes_of
from ops.api.service import Service, ServiceHere
from ops.cases import incidents
from ops.cases.feedback.give import Opinion, feedback_on, give_feedback, undo_feedback
from ops.cases.tables import SummaryFeedback

FeedbackPath = Annotated[int, Path(ge=1, le=2**53)]
router = routes_of("summaries")


@router.get("/v1/incidents/{incident_id}/summary-feedback", summary="Feedback on an incident's summary", responses=answers(404, 503))
def summary_feedback(service: ServiceHere, incident_id: IncidentPath) -> FeedbackList:
    """Return what people say of the summary, the newest first, at most 200."""
    with service.store.read() as session:
        incidents.incident(session, incident_id)
        return FeedbackList(items=[Feedback.model_validate(row) for row in feedback_on(session, incident_id)])


@router.post("/v1/incidents/{incident_id}/summary-feedback", summary="Rate or correct a summary", responses=answers(404, 409, 422, 503))
def new_feedback(service: ServiceHere, caller: CallerHere, incident_id: IncidentPath, body: NewFeedback) -> Feedback:
    """Rate the summary of a revision, and say what it should say; a second time changes what you said.

    A correction says what the evidence holds and nothing else: each number, id and step is checked.
    """
    with service.store.begin() as session:
        return Feedback.model_validate(given(service, caller, session, incident_id, body))


@router.post(
    "/v1/incidents/{incident_id}/summary-feedback/{feedback_id}/undo", summary="Take feedback back", responses=answers(403, 404, 409, 503)
)
def undo(service: ServiceHere, caller: CallerHere, incident_id: IncidentPath, feedback_id: FeedbackPath) -> Feedback:
    """Take your own feedback back, as a lead anybody's: no language model learns of it any more."""
    with service.store.begin() as session:
        return Feedback.model_validate(taken_back(service, caller, session, incident_id, feedback_id))


def given(service: Service, caller: Caller, session: Session, incident_id: str, body: NewFeedback) -> SummaryFeedback:
    """Keep what a caller says. Raises `CaseError`."""
    draft = _draft(body.correction) if body.correction else None
    opinion = Opinion(body.rating, body.why, draft, body.revision, body.version)
    return give_feedback(session, incident_id, opinion, by=caller.name, now=service.clock())


def taken_back(service: Service, caller: Caller, session: Session, incident_id: str, feedback_id: int) -> SummaryFeedback:
    """Take a caller's feedback back, as a lead anybody's. Raises `CaseError`."""
    return undo_feedback(session, incident_id, feedback_id, by=caller.name, now=service.clock(), others=caller.role in LEAD)


def _draft(correction: Correction) -> Draft:
    return Draft(correction.headline, correction.explanation, correction.pattern or "", tuple(correction.next_steps))
