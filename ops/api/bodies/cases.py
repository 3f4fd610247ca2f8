"""Cases: what a person does with an incident, and what was done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ops.api.bodies.fields import (
    MOST_IDS,
    Answer,
    CaseStatus,
    Comment,
    IncidentId,
    Moment,
    Name,
    Request,
    Severity,
    Text,
    Verdict,
    example,
)

EventId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_CASE = {
    "id": "inc-3f9a2c1b00112233",
    "incident_id": "inc-3f9a2c1b00112233",
    "status": "claimed",
    "owner": "anna",
    "claimed_until": 1767621600000,
    "due_at": 1767621600000,
    "priority": 412.5,
    "severity": "critical",
    "money": 2310.5,
    "headline": "Device farm: 9 accounts share 2 devices, EUR 2,310 at risk",
    "opened_at": 1767607200000,
    "updated_at": 1767610800000,
    "verdict": None,
    "reopened_why": None,
    "version": 3,
}


class CaseRow(Answer):
    """A case. `version` rises with each change; it is the ETag."""

    model_config = example(**_CASE)

    id: str
    incident_id: str
    status: CaseStatus
    owner: str | None
    claimed_until: Moment | None
    due_at: Moment | None
    priority: float
    severity: Severity
    money: float
    headline: str
    opened_at: Moment
    updated_at: Moment
    verdict: Verdict | None
    reopened_why: str | None
    version: int


class CasePage(Answer):
    """A page of cases."""

    model_config = example(items=[_CASE], next=None)

    items: list[CaseRow]
    next: str | None


class Assignment(Request):
    """Who is to work on a case."""

    model_config = example(owner="ben")

    owner: Name


class DueTime(Request):
    """Until when a case is to be decided."""

    model_config = example(due_at=1767700000000)

    due_at: Moment


class StatusChange(Request):
    """The status that a case is to have: open gives it back, closed ends it without a verdict."""

    model_config = example(status="closed", reason="duplicate of inc-77aa00112233bb44")

    status: Literal["open", "closed"]
    reason: Text


class Reason(Request):
    """Why something is done."""

    model_config = example(reason="the customer has called")

    reason: Text


class NewComment(Request):
    """A comment on a case."""

    model_config = example(text="Courier confirms: all parcels to one locker.")

    text: Comment


class CommentRow(Answer):
    """A comment on a case."""

    model_config = example(id=17, by="anna", at=1767611000000, text="Courier confirms: all parcels to one locker.")

    id: int
    by: str
    at: Moment
    text: str


class CommentPage(Answer):
    """A page of comments, the newest first."""

    items: list[CommentRow]
    next: str | None


class NewVerdict(Request):
    """What was true of an incident, or of some of its alerts."""

    model_config = example(verdict="fraud", reason="same courier, cards tested before", events=[])

    verdict: Verdict
    reason: Text
    events: list[EventId] = Field(default=[], max_length=500, description="Event ids of single alerts; empty: all alerts")


class VerdictRow(Answer):
    """A verdict. Its labels are sent at `undo_until`."""

    model_config = example(
        id=5,
        case_id="inc-3f9a2c1b00112233",
        verdict="fraud",
        by="anna",
        reason="same courier, cards tested before",
        at=1767611000000,
        undo_until=1767611600000,
        sent_at=None,
        undone_at=None,
        undone_by=None,
        alerts=14,
    )

    id: int
    case_id: str
    verdict: Verdict
    by: str
    reason: str
    at: Moment
    undo_until: Moment
    sent_at: Moment | None
    undone_at: Moment | None
    undone_by: str | None
    alerts: int


class VerdictPage(Answer):
    """A page of verdicts on a case, the newest first."""

    items: list[VerdictRow]
    next: str | None


class VerdictGiven(Answer):
    """What became of a verdict: it holds, or it waits for a second person."""

    case: CaseRow
    verdict: VerdictRow | None
    change_id: int | None = Field(default=None, description="Of the proposal that waits for a second person")


class BulkCase(Request):
    """A case of a bulk action, with the version that was looked at."""

    id: IncidentId
    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Left out: whatever it is now")


class BulkAction(Request):
    """One action on many cases, with one reason."""

    model_config = example(
        action="verdict", verdict="legitimate", reason="load test of the shop", cases=[{"id": "inc-3f9a2c1b00112233", "version": 3}]
    )

    action: Literal["verdict", "assign", "due", "close", "reopen"]
    cases: list[BulkCase] = Field(min_length=1, max_length=MOST_IDS)
    reason: Text
    verdict: Verdict | None = Field(default=None, description="Of the action verdict")
    owner: Name | None = Field(default=None, description="Of the action assign")
    due_at: Moment | None = Field(default=None, description="Of the action due")


class BulkOutcome(Answer):
    """What a bulk action does, or would do, with a case."""

    id: str
    version: int | None
    does: bool
    why_not: str | None = None
    alerts: int = 0


class BulkAnswer(Answer):
    """What a bulk action has done, or would do: of each case, in the order of the request."""

    model_config = example(
        cases=[{"id": "inc-3f9a2c1b00112233", "version": 3, "does": True, "why_not": None, "alerts": 14}],
        done=1,
        alerts=14,
        blocks_undone=0,
        needs_second=False,
        change_id=None,
    )

    cases: list[BulkOutcome]
    done: int
    alerts: int = Field(description="Alerts that are labelled by a verdict")
    blocks_undone: int = Field(description="Blocked alerts that the verdict says were no fraud")
    needs_second: bool = Field(description="Whether it waits for a second person")
    change_id: int | None
