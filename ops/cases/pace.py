"""How fast the job decides, and what verdicts released: numbers of a short time, for an overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK, DECISIONS
from domain.incidents.money import NO_CURRENCY, from_units, to_units
from ops.cases.tables import AlertRow, CaseRow, DecidedEvent, VerdictAlert, VerdictRow
from ops.cases.words import LEGITIMATE

_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Minute:
    """The decisions of one minute of the job's clock."""

    minute: int
    """Its first millisecond."""
    counts: tuple[int, ...]
    """In the order of `DECISIONS`."""


def decisions_by_minute(session: Session, now: int, minutes: int) -> Sequence[Minute]:
    """Return the decisions of the last whole minutes, those without any included, the first one first."""
    end = now - now % _MINUTE_MS
    begin = end - minutes * _MINUTE_MS
    minute = DecidedEvent.decided_at - DecidedEvent.decided_at % _MINUTE_MS
    asked = select(minute, DecidedEvent.decision, func.count()).where(DecidedEvent.decided_at >= begin, DecidedEvent.decided_at < end)
    found = {(at, decision): count for at, decision, count in session.execute(asked.group_by(minute, DecidedEvent.decision))}
    return [Minute(at, tuple(found.get((at, name), 0) for name in DECISIONS)) for at in range(begin, end, _MINUTE_MS)]


def newest_decision(session: Session, now: int) -> int | None:
    """Return when the job decided last, ms since 1970; None where the store has no decision.

    What is dated ahead of now says nothing of that.
    """
    return session.scalar(select(func.max(DecidedEvent.decided_at)).where(DecidedEvent.decided_at <= now + _MINUTE_MS))


def released_money(session: Session, since: int, until: int) -> dict[str, float]:
    """Return by currency what was blocked, and called legitimate by verdicts of a time but those undone."""
    asked = (
        select(AlertRow.currency, func.sum(AlertRow.amount))
        .join(VerdictAlert, VerdictAlert.alert_id == AlertRow.id)
        .join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id)
        .where(VerdictRow.at >= since, VerdictRow.at < until, VerdictRow.word == LEGITIMATE, VerdictRow.undone_at.is_(None))
        .where(AlertRow.decision == BLOCK, AlertRow.amount.is_not(None))
        .group_by(AlertRow.currency)
    )
    return {currency or NO_CURRENCY: from_units(to_units(amount or 0.0)) for currency, amount in session.execute(asked)}


def new_cases(session: Session, since: int) -> int:
    """Return how many cases of the queue were opened, or opened again, since a time."""
    asked = select(func.count()).select_from(CaseRow).where(CaseRow.in_queue.is_(True), CaseRow.opened_at >= since)
    return session.scalar(asked) or 0
