"""Who has which case: claim, next, assign, release. At any time a case has one owner at most."""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Conflict
from ops.cases.locked import claim_end, locked_case, refuse_closed, refuse_others, touch
from ops.cases.queue import CaseFilter
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow
from ops.cases.told import ASSIGNED, RELEASED, Told, tell, tell_act
from ops.cases.told import CLAIMED as CLAIM
from ops.cases.words import CLAIMED, OPEN


def claim(session: Session, case_id: str, *, by: str, now: int, settings: CaseSettings, version: int | None = None) -> CaseRow:
    """Give the case to the person; a claim of one's own lasts longer. Raises `NotFound`, `Conflict`."""
    case = locked_case(session, case_id, version)
    refuse_closed(case)
    refuse_others(case, by, now)
    return _give(session, case, by, "case.claim", by, now, settings)


def next_case(session: Session, *, by: str, now: int, settings: CaseSettings, wanted: CaseFilter | None = None) -> CaseRow | None:
    """Claim the gravest case that nobody has and return it, None if there is none.

    Two who ask at once get two cases.
    """
    case = free_case(session, now, wanted)
    return None if case is None else _give(session, case, by, "case.claim", by, now, settings)


def free_case(session: Session, now: int, wanted: CaseFilter | None = None) -> CaseRow | None:
    """Return the gravest case that nobody has, locked, None if there is none. Of `wanted` kind and severity
    count.
    """
    free = or_(CaseRow.status == OPEN, CaseRow.claimed_until <= now)
    statement = select(CaseRow).where(CaseRow.in_queue.is_(True), free)
    for name in ("kind", "severity_rank"):
        if wanted is not None and getattr(wanted, name) is not None:
            statement = statement.where(getattr(CaseRow, name) == getattr(wanted, name))
    statement = statement.order_by(CaseRow.priority.desc(), CaseRow.id.desc()).limit(1)
    return session.scalar(statement.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def assign(session: Session, case_id: str, to: str, *, by: str, now: int, settings: CaseSettings, version: int | None = None) -> CaseRow:
    """Give the case to another person, whoever has it. Raises `NotFound`, `Conflict`."""
    case = locked_case(session, case_id, version)
    refuse_closed(case)
    return _give(session, case, to, "case.assign", by, now, settings)


def release(
    session: Session, case_id: str, *, by: str, now: int, settings: CaseSettings, version: int | None = None, others: bool = False
) -> CaseRow:
    """Give the case back to the queue; with `others` that of another person, too.

    Raises `NotFound`, `Conflict`.
    """
    case = locked_case(session, case_id, version)
    if case.status != CLAIMED:
        raise Conflict(f"case {case_id} is {case.status}: nobody has it")
    if not others:
        refuse_others(case, by, now)
    audit(session, Act(now, by, "case.release", f"case:{case_id}", {"owner": case.owner}))
    case.status, case.owner, case.claimed_until = OPEN, None, None
    touch(case, by, now, settings)
    tell_act(session, case, RELEASED, by, now)
    session.flush()
    return case


def release_expired(session: Session, now: int) -> int:
    """Open the cases whose claims have ended; return how many. No person's act: it is not audited."""
    ended = (CaseRow.status == CLAIMED, CaseRow.claimed_until <= now)
    columns = (CaseRow.id, CaseRow.incident_id, CaseRow.version)
    statement = select(*columns).where(*ended).order_by(CaseRow.id).limit(500).with_for_update(skip_locked=True)
    found = session.execute(statement).all()
    if found:
        values = {"status": OPEN, "owner": None, "claimed_until": None, "version": CaseRow.version + 1}
        session.execute(update(CaseRow).where(CaseRow.id.in_([id_ for id_, _, _ in found])).values(values))
        tell(session, [Told(incident, RELEASED, "", now, f"{version + 1}") for _, incident, version in found])
    return len(found)


def _give(session: Session, case: CaseRow, to: str, action: str, by: str, now: int, settings: CaseSettings) -> CaseRow:
    audit(session, Act(now, by, action, f"case:{case.id}", {"owner": to, "before": case.owner}))
    is_new = case.owner != to
    case.status, case.owner, case.claimed_until = CLAIMED, to, claim_end(now, settings)
    touch(case, by, now, settings)
    if is_new:
        tell_act(session, case, CLAIM if action == "case.claim" else ASSIGNED, by, now)
    session.flush()
    return case
