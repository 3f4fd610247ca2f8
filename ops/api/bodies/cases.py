"""Cases: what a person does with an incident, and what was done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ops.api.bodies.fields import (
    MOST_IDS,
    Answer,
    CaseStatus,
    Comment,
    Moment,
    Name,
    Request,
    SaidKind,
    Severity,
    Text,
    Verdict,
    example,
)

CaseId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
AlertId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_CASE = {
    "id": "case-3f9a2c1b00112233",
    "incident_id": "inc-3f9a2c1b00112233",
    "status": "claimed",
    "owner": "anna",
    "claimed_until": 1767621600000,
    "due_at": 1767621600000,
    "is_due_set": False,
    "priority": 30000000002310.5,
    "closed_at": None,
    "severity": "critical",
    "money": 2310.5,
    "kind": "ring",
    "headline": "Device farm: 9 accounts share 2 devices, EUR 2,310 at risk",
    "opened_at": 1767607200000,
    "updated_at": 1767610800000,
    "verdict": None,
    "reopened_why": None,
    "version": 3,
}
_COMMENT = {"id": 17, "by": "anna", "at": 1767611000000, "text": "Courier confirms: all parcels to one locker."}
_OUTCOME = {"id": "case-3f9a2c1b00112233", "version": 4, "does": True, "why_not": None, "alerts": 14}
_VERDICT = {
    "id": "v-0f1e2d3c4b5a6978",
    "case_id": "case-3f9a2c1b00112233",
    "verdict": "fraud",
    "is_whole": True,
    "by": "anna",
    "reason": "same courier, cards tested before",
    "at": 1767611000000,
    "undo_until": 1767611600000,
    "sent_at": None,
    "undone_at": None,
    "undone_by": None,
    "undone_why": None,
    "alerts": 14,
}


class CaseRow(Answer):
    """A case. `version` rises with each change; it is the ETag."""

    model_config = example(**_CASE)

    id: str
    incident_id: str
    status: CaseStatus
    owner: str | None
    claimed_until: Moment | None
    due_at: Moment
    is_due_set: bool = Field(description="Whether a person set the due time")
    priority: float
    severity: Severity
    money: float
    kind: SaidKind
    headline: str | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    verdict: Verdict | None
    reopened_why: str | None
    version: int


class CasePage(Answer):
    """A page of cases, and how many the list has."""

    model_config = example(items=[_CASE], next=None, count=1)

    items: list[CaseRow]
    count: int
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

    model_config = example(**_COMMENT)

    id: int
    by: str
    at: Moment
    text: str


class CommentPage(Answer):
    """A page of comments, the oldest first."""

    model_config = example(items=[_COMMENT], next=None)

    items: list[CommentRow]
    next: str | None


class NewVerdict(Request):
    """What was true of an incident, or of some of its alerts."""

    model_config = example(verdict="fraud", reason="same courier, cards tested before", events=[])

    verdict: Verdict
    reason: Text
    events: list[EventId] = Field(default=[], max_length=500, description="Event ids of single alerts; with alerts empty, too: all")
    alerts: list[AlertId] = Field(default=[], max_length=500, description="Ids of single alerts")


class VerdictRow(Answer):
    """A verdict. Its labels are sent at `undo_until`; until then it is undone without a trace in the job."""

    model_config = example(**_VERDICT)

    id: str
    case_id: str
    verdict: Verdict
    is_whole: bool = Field(description="Whether it is of all alerts, and closed the case")
    by: str
    reason: str
    at: Moment
    undo_until: Moment
    sent_at: Moment | None
    undone_at: Moment | None
    undone_by: str | None
    undone_why: str | None
    alerts: int


class Verdicts(Answer):
    """The verdicts on a case, the oldest first."""

    model_config = example(items=[_VERDICT])

    items: list[VerdictRow]


class VerdictGiven(Answer):
    """What became of a verdict: it holds, or it waits for a second person."""

    model_config = example(case=_CASE, verdict=_VERDICT, labelled=14, said_before=0, missing=0, change_id=None)

    case: CaseRow
    verdict: VerdictRow | None = Field(description="Null while it waits for a second person")
    labelled: int = Field(default=0, description="Alerts of which labels are to be sent")
    said_before: int = Field(default=0, description="Alerts of which the same was said before")
    missing: int = Field(default=0, description="Alerts that the store does not have: no label can name them")
    change_id: int | None = Field(default=None, description="Of the proposal that waits for a second person")


class VerdictUndone(Answer):
    """A verdict that was taken back, or is to be when a second person agrees."""

    model_config = example(case=_CASE, verdict=_VERDICT, cancelled=14, corrected=0, change_id=None)

    case: CaseRow
    verdict: VerdictRow
    cancelled: int = Field(default=0, description="Labels that were not sent")
    corrected: int = Field(default=0, description="Labels that say what is in force now, where something else was told")
    change_id: int | None = Field(default=None, description="Of the proposal that waits for a second person")


class BulkCase(Request):
    """A case of a bulk action, with the version that was looked at."""

    model_config = example(id="case-3f9a2c1b00112233", version=3)

    id: CaseId
    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Left out: whatever it is now")


class BulkAction(Request):
    """One action on many cases, with one reason."""

    model_config = example(
        action="verdict", verdict="legitimate", reason="load test of the shop", cases=[{"id": "case-3f9a2c1b00112233", "version": 3}]
    )

    action: Literal["verdict", "assign", "due", "close", "reopen"]
    cases: list[BulkCase] = Field(min_length=1, max_length=MOST_IDS)
    reason: Text
    verdict: Verdict | None = Field(default=None, description="Of the action verdict")
    owner: Name | None = Field(default=None, description="Of the action assign")
    due_at: Moment | None = Field(default=None, description="Of the action due")


class BulkOutcome(Answer):
    """What a bulk action does, or would do, with a case."""

    model_config = example(**_OUTCOME)

    id: str
    version: int | None
    does: bool
    why_not: str | None = None
    alerts: int = 0


class BulkAnswer(Answer):
    """What a bulk action has done, or would do: of each case, in the order of the request."""

    model_config = example(
        cases=[{"id": "case-3f9a2c1b00112233", "version": 4, "does": True, "why_not": None, "alerts": 14}],
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
