"""Decisions of a day by outcome, from the store's index of decided events."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.decisions.decision import DECISIONS
from domain.times import DAY_MS, HOUR_MS
from ops.cases.settings import StoreSettings
from ops.cases.tables import DecidedEvent
from ops.digest.day import Day
from ops.digest.figures import Counts

GONE = "the store no longer keeps all decisions of this day (service.store.event_days)"


def decisions_of(session: Session, day: Day, now: int, settings: StoreSettings) -> Counts | str:
    """Return decisions by outcome, or why they are not known."""
    its = (DecidedEvent.time >= day.start, DecidedEvent.time < day.before)
    rows = session.execute(
        select(DecidedEvent.decision, func.count(), func.min(DecidedEvent.decided_at)).where(*its).group_by(DecidedEvent.decision)
    ).all()
    # one by one: of both at once SQLite reads every row
    newest, oldest = (session.scalar(select(edge)) for edge in (func.max(DecidedEvent.decided_at), func.min(DecidedEvent.time)))
    if newest is None or oldest is None or oldest >= day.before:
        return "the store has no decision of this day or before"
    kept_from = min(now, newest) - round(settings.event_days * DAY_MS)
    # what is left of a day that is being forgotten begins where forgetting is
    if min((row[2] for row in rows), default=day.start) < kept_from + HOUR_MS:
        return GONE
    return dict.fromkeys(DECISIONS, 0) | {decision: count for decision, count, _ in rows}
