"""How an incident grew: the revisions that show it, its alerts by hour, and what people did with its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK
from domain.times import HOUR_MS
from ops.cases.tables import AlertRow, AuditEntry, Comment, IncidentRevision

_ACTS = ("case.claim", "case.release", "case.assign", "case.due", "case.close", "case.reopen")
"""What the trail of a case shows, beside its verdicts and comments."""


@dataclass(frozen=True)
class Hour:
    """The alerts of an hour of event time."""

    at: int
    """Its first millisecond."""
    alerts: int
    blocked: int


class AccountSum(NamedTuple):
    """What an account has in an incident, in one currency."""

    account: str
    currency: str | None
    alerts: int
    blocked: int
    amount: float


def revision_numbers(session: Session, incident_id: str, most: int) -> Sequence[int]:
    """Return the numbers of at most `most` revisions, the first and the newest among them, evenly between."""
    statement = select(IncidentRevision.revision).where(IncidentRevision.incident_id == incident_id)
    numbers = session.scalars(statement.order_by(IncidentRevision.revision)).all()
    if len(numbers) <= most:
        return numbers
    return [numbers[round(place * (len(numbers) - 1) / (most - 1))] for place in range(most)]


def revisions_of(session: Session, incident_id: str, numbers: Sequence[int]) -> Sequence[IncidentRevision]:
    """Return these revisions of an incident, whole, the oldest first."""
    statement = select(IncidentRevision).where(IncidentRevision.incident_id == incident_id)
    return session.scalars(statement.where(IncidentRevision.revision.in_(numbers)).order_by(IncidentRevision.revision)).all()


def alert_documents(session: Session, incident_id: str, most: int) -> Sequence[dict[str, Any]]:
    """Return the documents of the newest alerts of an incident."""
    statement = select(AlertRow.document).where(AlertRow.incident_id == incident_id)
    return session.scalars(statement.order_by(AlertRow.time.desc(), AlertRow.id.desc()).limit(most)).all()


def alerts_by_hour(session: Session, incident_id: str) -> list[Hour]:
    """Return the hours in which an incident has alerts, the oldest first."""
    hour = (AlertRow.time // HOUR_MS).label("hour")
    counted = select(hour, AlertRow.decision, func.count()).where(AlertRow.incident_id == incident_id).group_by(hour, AlertRow.decision)
    found: dict[int, Hour] = {}
    for number, decision, count in session.execute(counted):
        before = found.get(number, Hour(int(number) * HOUR_MS, 0, 0))
        found[number] = Hour(before.at, before.alerts + count, before.blocked + (count if decision == BLOCK else 0))
    return [found[number] for number in sorted(found)]


def acts_on(session: Session, case_id: str, most: int) -> Sequence[AuditEntry]:
    """Return who claimed, gave, closed or opened a case, the newest first. Reasons are not in the entries."""
    statement = select(AuditEntry).where(AuditEntry.subject == f"case:{case_id}", AuditEntry.action.in_(_ACTS))
    return session.scalars(statement.order_by(AuditEntry.seq.desc()).limit(most)).all()


def newest_comments(session: Session, case_id: str, most: int) -> Sequence[Comment]:
    """Return the newest comments on a case, the oldest of them first."""
    statement = select(Comment).where(Comment.case_id == case_id).order_by(Comment.id.desc()).limit(most)
    return session.scalars(statement).all()[::-1]


def accounts_of(session: Session, incident_id: str, most: int) -> list[AccountSum]:
    """Return the accounts of an incident's alerts, those with the most alerts first, a row a currency."""
    blocked = func.count().filter(AlertRow.decision == BLOCK)
    columns = (AlertRow.account, AlertRow.currency, func.count(), blocked, func.sum(AlertRow.amount))
    statement = select(*columns).where(AlertRow.incident_id == incident_id).group_by(AlertRow.account, AlertRow.currency)
    rows = session.execute(statement.order_by(func.count().desc(), AlertRow.account, AlertRow.currency).limit(most)).all()
    return [AccountSum(account, currency, alerts, its, amount or 0.0) for account, currency, alerts, its, amount in rows]
