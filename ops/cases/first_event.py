"""When what a store knows begins: before it nothing is zero, for nobody has counted."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.cases.tables import AlertRow, DecidedEvent


def first_event(session: Session) -> int | None:
    """Return the event time of the first event that the store knows, None of an empty one."""
    times = (session.scalar(select(func.min(column))) for column in (AlertRow.time, DecidedEvent.time))
    return min((time for time in times if time is not None), default=None)
