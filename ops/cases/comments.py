"""What people write beside a case. A comment's text is not in the audit's chain: it can be erased."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.changes import text_of
from ops.cases.locked import locked_case, touch
from ops.cases.pages import Cursor, Order, Page, page_of
from ops.cases.settings import CaseSettings
from ops.cases.tables import Comment


def comment(session: Session, case_id: str, text: str, *, by: str, now: int, settings: CaseSettings) -> Comment:
    """Add a comment, to a closed case, too; it needs no claim. Raises `NotFound`, `Invalid`."""
    case = locked_case(session, case_id, None)
    made = Comment(case_id=case_id, by=by, at=now, text=text_of("text", text))
    session.add(made)
    session.flush()
    audit(session, Act(now, by, "case.comment", f"case:{case_id}", {"comment": made.id}, {"text": made.text}))
    touch(case, by, now, settings)
    session.flush()
    return made


def comments(session: Session, case_id: str, cursor: Cursor | None = None, limit: int = 100) -> Page[Comment]:
    """Return a page of a case's comments, the oldest first."""
    statement = select(Comment).where(Comment.case_id == case_id)
    return page_of(session, statement, Order(Comment.id, Comment.case_id, descending=False), cursor, limit)
