"""What else people change of a case: when it is due, and whether it is closed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Conflict, Invalid
from ops.cases.locked import locked_case, refuse_closed, refuse_others, touch
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow, IncidentRow
from ops.cases.told import CLOSED as CLOSE
from ops.cases.told import REOPENED, tell_act
from ops.cases.words import CLOSED, OPEN

LONGEST = 2_000
"""Most characters of a reason or a comment."""


def set_due(
    session: Session, case_id: str, due_at: int, *, by: str, now: int, settings: CaseSettings, version: int | None = None
) -> CaseRow:
    """Set when the case is due, ms since 1970; it no longer follows the severity.

    Raises `NotFound`, `Conflict`.
    """
    case = locked_case(session, case_id, version)
    refuse_closed(case)
    audit(session, Act(now, by, "case.due", f"case:{case_id}", {"due_at": due_at, "before": case.due_at}))
    case.due_at, case.is_due_set = due_at, True
    touch(case, by, now, settings)
    session.flush()
    return case


def close(session: Session, case_id: str, reason: str, *, by: str, now: int, settings: CaseSettings, version: int | None = None) -> CaseRow:
    """Close the case without a verdict. Raises `NotFound`, `Conflict`, `Invalid`."""
    case = locked_case(session, case_id, version)
    refuse_closed(case)
    refuse_others(case, by, now)
    audit(session, Act(now, by, "case.close", f"case:{case_id}", private={"reason": text_of("reason", reason)}))
    mark_closed(session, case, None, now)
    touch(case, by, now, settings)
    tell_act(session, case, CLOSE, by, now)
    session.flush()
    return case


def reopen(
    session: Session, case_id: str, reason: str, *, by: str, now: int, settings: CaseSettings, version: int | None = None
) -> CaseRow:
    """Open a closed case again; its verdict stays given. Raises `NotFound`, `Conflict`, `Invalid`."""
    case = locked_case(session, case_id, version)
    if case.status != CLOSED:
        raise Conflict(f"case {case_id} is {case.status}: it is not closed")
    audit(session, Act(now, by, "case.reopen", f"case:{case_id}", private={"reason": text_of("reason", reason)}))
    mark_open(case, f"{by}: {reason}")
    touch(case, by, now, settings)
    tell_act(session, case, REOPENED, by, now)
    session.flush()
    return case


def mark_closed(session: Session, case: CaseRow, verdict: str | None, now: int) -> None:
    """Close a locked case, and note how many alerts its incident has: more of them open it again."""
    # asked before anything changes, or that would be written by itself; without the document, which is large
    case.closed_alerts = session.scalar(select(IncidentRow.alerts).where(IncidentRow.id == case.incident_id))
    case.status, case.in_queue, case.verdict = CLOSED, False, verdict
    case.claimed_until, case.closed_at = None, now
    case.reopened_why = None


def mark_open(case: CaseRow, why: str) -> None:
    """Put a locked case back into the queue."""
    case.status, case.in_queue, case.reopened_why = OPEN, True, why
    case.owner = case.claimed_until = case.closed_at = case.closed_alerts = case.verdict = None


def text_of(field: str, text: str) -> str:
    """Return what somebody wrote, without spaces around it. Raises `Invalid` for none, too much, or what a
    database cannot hold.
    """
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise Invalid(field, f"write 1 to {LONGEST:,} characters")
    if "\0" in said or any("\ud800" <= letter <= "\udfff" for letter in said):
        raise Invalid(field, "it holds a null character or half a surrogate pair; send text")
    return said
