"""The queue by severity and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, case, func, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.times import DAY_MS, HOUR_MS
from ops.cases.tables import CaseRow


@dataclass(frozen=True)
class QueueAge:
    """Cases of the queue of one severity."""

    severity: str
    cases: int = 0
    overdue: int = 0
    under_1h: int = 0
    under_1d: int = 0
    under_1w: int = 0
    older: int = 0


def queue_ages(session: Session, now: int) -> Sequence[QueueAge]:
    """Return the cases of the queue by severity, the mildest first, and by how long they have been open."""
    age = now - CaseRow.opened_at
    counted = (
        func.count(),
        _number(CaseRow.due_at < now),
        _number(age < HOUR_MS),
        _number(age.between(HOUR_MS, DAY_MS - 1)),
        _number(age.between(DAY_MS, 7 * DAY_MS - 1)),
        _number(age >= 7 * DAY_MS),
    )
    rows = session.execute(select(CaseRow.severity_rank, *counted).where(CaseRow.in_queue.is_(True)).group_by(CaseRow.severity_rank))
    found = {rank: QueueAge(SEVERITIES[rank], *map(int, counts)) for rank, *counts in rows}
    return [found.get(rank, QueueAge(severity)) for rank, severity in enumerate(SEVERITIES)]


def _number(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((holds, 1), else_=0), type_=Integer)
