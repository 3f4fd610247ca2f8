"""Which days the store knows: from its first event on, as far back as it keeps things."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.cases.first_event import first_event
from ops.cases.settings import StoreSettings
from ops.cases.tables import AlertRow
from ops.digest.day import Day


def not_covered(session: Session, day: Day, now: int, settings: StoreSettings) -> str:
    """Return why the store cannot say what happened on a day; empty if it can."""
    first = first_event(session)
    if first is None:
        return "the store has no event yet"
    if first >= day.before:
        return "the store begins after this day"
    newest = session.scalar(select(func.max(AlertRow.time))) or now
    if day.start < min(now, newest) - round(settings.retention_days * DAY_MS):
        return "the store no longer keeps alerts of this day (service.store.retention_days)"
    return ""
