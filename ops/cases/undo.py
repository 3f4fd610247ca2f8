"""A verdict taken back: in time nothing is sent, afterwards labels say what is in force instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.audit.chain import Act, audit
from ops.cases.blocked import is_blocked
from ops.cases.changes import mark_open, text_of
from ops.cases.ingest.holders import parts
from ops.cases.locked import locked_case, touch
from ops.cases.settings import CaseSettings
from ops.cases.standing import standing_words, told_flags
from ops.cases.tables import AlertRow, CaseRow, Outgoing, VerdictAlert, VerdictRow
from ops.cases.told import UNDONE, tell_act
from ops.cases.verdict_labels import label_part, labels
from ops.cases.verdicts import locked_verdict
from ops.cases.words import CLOSED, INCONCLUSIVE, VERDICTS


@dataclass(frozen=True)
class Undone:
    """A verdict that was taken back."""

    verdict: VerdictRow
    case: CaseRow
    cancelled: int
    """Labels that were not sent."""
    corrected: int
    """Labels that are to be sent: they say what is in force now, where something else was told."""


def undo_verdict(
    session: Session,
    verdict_id: str,
    reason: str,
    *,
    by: str,
    now: int,
    settings: CaseSettings,
    labels_to: str,
    label_time: int | None = None,
) -> Undone:
    """Take a verdict back and open its case again, if it had closed it and is the last one that did.

    Raises `NotFound`, `Conflict` (it was undone before) or `Invalid`. Who may do it for another person, and
    whether a second person must agree (`blocks_of`), is the caller's to check.
    """
    case_id = session.scalar(select(VerdictRow.case_id).where(VerdictRow.id == verdict_id))
    case = locked_case(session, case_id, None) if case_id is not None else None  # the case first, as every act does
    verdict = locked_verdict(session, verdict_id)
    assert case is not None
    verdict.undone_at, verdict.undone_by, verdict.undone_why = now, by, text_of("reason", reason)
    session.flush()
    cancelled, until = _cancel(session, verdict.id)
    after = max(now, min(until, now + outbox.LEASE_MS) + 1)
    corrected = _correct(session, verdict, case, (now, after), labels_to, label_time or now)
    said = {"verdict": verdict.id, "word": verdict.word, "cancelled": cancelled, "corrected": corrected}
    audit(session, Act(now, by, "case.undo", f"case:{case.id}", said, {"reason": verdict.undone_why}))
    if verdict.is_whole and case.status == CLOSED and _is_last(session, verdict):
        mark_open(case, f"{by} took the verdict {verdict.word} back")
    touch(case, by, now, settings)
    tell_act(session, case, UNDONE, by, now)
    session.flush()
    return Undone(verdict, case, cancelled, corrected)


def blocks_of(session: Session, verdict_ids: Sequence[str]) -> int:
    """Return how many blocked events the verdicts are of: beyond `four_eyes_blocks` a second one agrees."""
    statement = (
        select(func.count(AlertRow.id.distinct()))
        .join(VerdictAlert, VerdictAlert.alert_id == AlertRow.id)
        .where(VerdictAlert.verdict_id.in_(verdict_ids), is_blocked())
    )
    return session.scalar(statement) or 0


def _cancel(session: Session, verdict_id: str) -> tuple[int, int]:
    """Cancel the labels that no worker has taken; return how many, and until when others may yet be sent."""
    rows = session.scalars(select(Outgoing).where(Outgoing.verdict_id == verdict_id).order_by(Outgoing.id).with_for_update()).all()
    pending = [row for row in rows if row.state == outbox.PENDING]
    free = [row for row in pending if row.attempts == 0]
    for row in free:
        row.state = outbox.CANCELLED
    session.flush()
    return len(free), max((row.due_at for row in pending if row.attempts), default=0)


def _correct(session: Session, verdict: VerdictRow, case: CaseRow, waits: tuple[int, int], labels_to: str, label_time: int) -> int:
    """Write labels of the alerts of which something else is, or will be, told than what is now in force."""
    ids = session.scalars(select(VerdictAlert.alert_id).where(VerdictAlert.verdict_id == verdict.id)).all()
    in_force, told = standing_words(session, ids), told_flags(session, case.id)
    wrong = [id_ for id_ in ids if told.get(label_part(id_)) != VERDICTS[in_force.get(id_, INCONCLUSIVE)]]
    alerts = [alert for part in parts(wrong) for alert in session.scalars(select(AlertRow).where(AlertRow.id.in_(part)))]
    words = {id_: in_force.get(id_, INCONCLUSIVE) for id_ in wrong}
    made = labels(verdict, case.incident_id, words, alerts, label_time, suffix=".undone")
    outbox.put(session, outbox.LABEL, labels_to, made, *waits, verdict.id)
    return len(made)


def _is_last(session: Session, verdict: VerdictRow) -> bool:
    later = select(VerdictRow.id).where(
        VerdictRow.case_id == verdict.case_id, VerdictRow.is_whole.is_(True), VerdictRow.undone_at.is_(None), VerdictRow.at >= verdict.at
    )
    return session.scalar(later.where(VerdictRow.id != verdict.id).limit(1)) is None
