"""Numbers for an overview: the queue now, alerts by day, verdicts of a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.decisions.decision import BLOCK
from domain.incidents.money import NO_CURRENCY, from_units, to_units
from ops.cases.alert_days import day_counts
from ops.cases.tables import CaseRow, VerdictRow
from ops.cases.words import CLAIMED, OPEN


@dataclass(frozen=True)
class QueueNumbers:
    """The queue as it is."""

    open: int
    claimed: int
    overdue: int
    by_severity: dict[str, int]
    money: float
    """At risk in all cases of the queue, on the yardstick of severities."""
    oldest_due: int | None
    """When the most urgent case is or was due, ms since 1970."""


@dataclass
class DayNumbers:
    """The alerts of one UTC day of event time."""

    day: int
    """Its first millisecond."""
    alerts: int = 0
    decisions: dict[str, int] = field(default_factory=dict)
    blocked: dict[str, float] = field(default_factory=dict)
    """Currency -> sum of blocked amounts."""


@dataclass(frozen=True)
class VerdictNumbers:
    """The verdicts on whole cases in a time, undone ones apart."""

    words: dict[str, int]
    undone: int
    by_person: dict[str, int]
    false_alarms: float | None
    """Share of legitimate among fraud and legitimate; None without either."""


def queue_numbers(session: Session, now: int) -> QueueNumbers:
    """Return the numbers of the queue; `now` is wall clock in ms."""
    late = func.sum(case((CaseRow.due_at < now, 1), else_=0))
    rows = session.execute(
        select(CaseRow.status, CaseRow.severity_rank, func.count(), late, func.sum(CaseRow.money), func.min(CaseRow.due_at))
        .where(CaseRow.in_queue.is_(True))
        .group_by(CaseRow.status, CaseRow.severity_rank)
    ).all()
    counts: dict[str, int] = defaultdict(int)
    by_severity = dict.fromkeys(SEVERITIES, 0)
    for status, rank, count, *_ in rows:
        counts[status] += count
        by_severity[SEVERITIES[rank]] += count
    overdue, money = sum(int(row[3]) for row in rows), _exact(sum(row[4] for row in rows))
    return QueueNumbers(counts[OPEN], counts[CLAIMED], overdue, by_severity, money, min((row[5] for row in rows), default=None))


def alerts_by_day(session: Session, time_from: int, time_before: int) -> Sequence[DayNumbers]:
    """Return the alerts of each day that has any, by event time, the first day first."""
    days: dict[int, DayNumbers] = {}
    for start, decision, currency, count, amount in day_counts(session, time_from, time_before):
        numbers = days.setdefault(start, DayNumbers(start))
        numbers.alerts += count
        numbers.decisions[decision] = numbers.decisions.get(decision, 0) + count
        if decision == BLOCK and amount is not None:
            numbers.blocked[currency or NO_CURRENCY] = _exact(amount)
    return [days[start] for start in sorted(days)]


def _exact(amount: float) -> float:
    """Return a sum of floats without what their addition left: no currency has more than four decimals."""
    return from_units(to_units(amount))


def verdict_numbers(session: Session, since: int, until: int) -> VerdictNumbers:
    """Return the numbers of the verdicts that were given from `since` to before `until`, wall clock in ms."""
    rows = session.execute(
        select(VerdictRow.word, VerdictRow.by, VerdictRow.undone_at.is_not(None), func.count())
        .where(VerdictRow.at >= since, VerdictRow.at < until, VerdictRow.is_whole.is_(True))
        .group_by(VerdictRow.word, VerdictRow.by, VerdictRow.undone_at.is_not(None))
    ).all()
    words: dict[str, int] = defaultdict(int)
    people: dict[str, int] = defaultdict(int)
    for word, person, is_undone, count in rows:
        if not is_undone:
            words[word] += count
            people[person] += count
    known = words.get("fraud", 0) + words.get("legitimate", 0)
    share = words.get("legitimate", 0) / known if known else None
    return VerdictNumbers(dict(words), sum(row[3] for row in rows if row[2]), dict(people), share)
