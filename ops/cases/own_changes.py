"""Which cases a person changed last: the audit has an act of theirs at the time of the last change."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Subquery, exists, func, literal, select
from sqlalchemy.orm import Session

from ops.cases.tables import CaseRow
from ops.cases.tables.audit import AuditEntry


def changed_last_by(name: str) -> ColumnElement[bool]:
    """Return the condition that nothing of a case has changed after an act of this person."""
    acts = select(AuditEntry.seq).where(AuditEntry.subject == literal("case:") + CaseRow.id, AuditEntry.actor == name)
    return exists(acts.where(AuditEntry.at >= CaseRow.updated_at).correlate(CaseRow))


def own_acts(name: str, since: int) -> Subquery:
    """Return what a person did last to each subject since a moment: `subject`, `at`.

    To join it asks the audit once, where `changed_last_by` asks it for each case.
    """
    last = select(AuditEntry.subject, func.max(AuditEntry.at).label("at")).where(AuditEntry.actor == name, AuditEntry.at >= since)
    return last.group_by(AuditEntry.subject).subquery()


def own_changes(session: Session, name: str, case_ids: Collection[str]) -> frozenset[str]:
    """Return those of some cases that a person changed last."""
    return frozenset(session.scalars(select(CaseRow.id).where(CaseRow.id.in_(case_ids), changed_last_by(name))))
