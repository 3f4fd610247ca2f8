"""What to work on next: one's own gravest case, else the gravest that nobody has, which is then one's own."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.claims import claim, free_case
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow
from ops.cases.words import CLAIMED


def take_suggested(session: Session, *, by: str, now: int, settings: CaseSettings) -> CaseRow | None:
    """Return the case that a person is to open next, claimed for that person; None if there is none."""
    own = select(CaseRow).where(CaseRow.owner == by, CaseRow.in_queue.is_(True), CaseRow.status == CLAIMED, CaseRow.claimed_until > now)
    found = session.scalar(own.order_by(CaseRow.priority.desc(), CaseRow.id.desc()).limit(1))
    if found is not None:
        return found
    free = free_case(session, now)
    return None if free is None else claim(session, free.id, by=by, now=now, settings=settings)
