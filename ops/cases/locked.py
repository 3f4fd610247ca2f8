"""A case taken for a change: locked, of the version that the person saw, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.times import HOUR_MS, rfc3339
from ops.cases.errors import Conflict, NotFound
from ops.cases.ingest.holders import parts
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow
from ops.cases.words import CLAIMED, CLOSED


def locked_case(session: Session, case_id: str, version: int | None) -> CaseRow:
    """Return the case, locked until the commit; None as version takes any.

    Raises:
        NotFound: there is no such case.
        Conflict: it has another version than the person saw.
    """
    statement = select(CaseRow).where(CaseRow.id == case_id).with_for_update()
    case = session.scalar(statement.execution_options(populate_existing=True))
    if case is None:
        raise NotFound(f"there is no case {case_id}")
    if version is not None and case.version != version:
        raise Conflict(f"case {case_id} was changed meanwhile (version {case.version}, you saw {version}): read it again")
    return case


def lock_cases(session: Session, case_ids: Iterable[str]) -> None:
    """Lock cases until the commit, in the order in which all lock several."""
    for part in parts(case_ids):
        session.execute(select(CaseRow.id).where(CaseRow.id.in_(part)).order_by(CaseRow.id).with_for_update())


def refuse_closed(case: CaseRow) -> None:
    """Raise `Conflict` for a case that is closed."""
    if case.status == CLOSED:
        raise Conflict(f"case {case.id} is closed: open it again first")


def refuse_others(case: CaseRow, by: str, now: int) -> None:
    """Raise `Conflict` while another person has the case."""
    if case.status == CLAIMED and case.owner != by and (case.claimed_until or 0) > now:
        raise Conflict(f"{case.owner} has case {case.id} until {rfc3339(case.claimed_until or 0)}: ask for it, or have it assigned")


def touch(case: CaseRow, by: str, now: int, settings: CaseSettings) -> None:
    """Count a change; an act of its owner makes the claim last longer."""
    case.version += 1
    case.updated_at = max(case.updated_at, now)
    if case.status == CLAIMED and case.owner == by:
        case.claimed_until = claim_end(now, settings)


def claim_end(now: int, settings: CaseSettings) -> int:
    """Return when a claim made now ends."""
    return now + round(settings.claim_h * HOUR_MS)
