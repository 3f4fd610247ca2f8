"""Alerts by day: days that are over are counted once by the worker, the others when somebody asks.

A trigger of the database takes the counts of a day away when an alert of it is written or deleted, whatever
version of the service does that; then the day is counted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.cases.tables import AlertDay, AlertRow

KEPT_DAYS = 400
"""Days before the latest alert that are counted; who asks for older ones waits."""
_AT_ONCE = 10
_NONE = ""
"""Decision of the row that says that a day was counted, and currency of alerts without one."""


class DayCount(NamedTuple):
    """Alerts of one UTC day, decision and currency; `amount` is None where none of them has one."""

    day: int
    decision: str
    currency: str
    alerts: int
    amount: float | None


def day_counts(session: Session, time_from: int, time_before: int) -> Iterator[DayCount]:
    """Yield the counts of the days of a time, by event time. Of a day that is cut, its part."""
    kept = _kept(session, _floor(time_from + DAY_MS - 1), _floor(time_before))
    start = time_from
    for day in kept:
        yield from _counted(session, start, day)
        start = day + DAY_MS
    yield from _counted(session, start, time_before)
    chosen = select(AlertDay).where(AlertDay.day.in_(kept), AlertDay.decision != _NONE)
    for row in session.scalars(chosen) if kept else ():
        yield DayCount(row.day, row.decision, row.currency, row.alerts, row.amount)


def count_days(session: Session) -> int:
    """Count some days that are over and not counted, the latest first; return how many: 0 if none is left."""
    missing = _missing(session)
    if missing and session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        session.execute(text("LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE"))  # no alert comes or goes meanwhile
        missing = _missing(session)  # another worker may have counted
    for day in missing:
        found = [one._asdict() for one in _counted(session, day, day + DAY_MS)]
        session.execute(insert(AlertDay), [DayCount(day, _NONE, _NONE, 0, None)._asdict(), *found])
    return len(missing)


def _missing(session: Session) -> Sequence[int]:
    first, last = (session.scalar(select(edge(AlertRow.time))) for edge in (func.min, func.max))
    if first is None or last is None:
        return []
    today = _floor(last)
    since = max(_floor(first), today - KEPT_DAYS * DAY_MS)
    kept = set(_kept(session, since, today))
    return [day for day in range(today - DAY_MS, since - 1, -DAY_MS) if day not in kept][:_AT_ONCE]


def _kept(session: Session, day_from: int, day_before: int) -> Sequence[int]:
    """Return the days that are counted, the first one first."""
    chosen = (AlertDay.decision == _NONE, AlertDay.day >= day_from, AlertDay.day < day_before)
    return session.scalars(select(AlertDay.day).where(*chosen).order_by(AlertDay.day)).all()


def _counted(session: Session, time_from: int, time_before: int) -> Sequence[DayCount]:
    if time_from >= time_before:
        return []
    day, currency = AlertRow.time - AlertRow.time % DAY_MS, func.coalesce(AlertRow.currency, _NONE)
    rows = session.execute(
        select(day, AlertRow.decision, currency, func.count(), func.sum(AlertRow.amount))
        .where(AlertRow.time >= time_from, AlertRow.time < time_before)
        .group_by(day, AlertRow.decision, AlertRow.currency)
    )
    return [DayCount(*row) for row in rows]


def _floor(moment: int) -> int:
    return moment - moment % DAY_MS
