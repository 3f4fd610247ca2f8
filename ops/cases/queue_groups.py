"""The queue as groups of cases: from them come the counts of every filter, by one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Case, ColumnElement, and_, case, false, func, literal, or_, select
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.cases.own_changes import own_acts
from ops.cases.queue import named, with_incidents
from ops.cases.tables import CaseRow
from ops.cases.words import CLAIMED

LATE, SOON, LATER = 0, 1, 2
"""How due a case is: it was due before, is within a day, or later."""


class QueueGroup(NamedTuple):
    """Cases that no filter tells apart, and how many they are."""

    severity_rank: int
    kind: str
    is_claimed: bool
    is_mine: bool
    due: int
    """One of `LATE`, `SOON`, `LATER`."""
    is_changed: bool
    """Whether something has changed since a moment, last by another."""
    currency: str
    """Empty for cases without money."""
    cases: int
    money: float
    """On the yardstick of severities."""


def queue_groups(
    session: Session, me: str, now: int, changed_from: int | None = None, text: str | None = None, in_queue: bool = True
) -> Sequence[QueueGroup]:
    """Return the groups of the queue, or of the closed cases; within one `Store.read` they agree with the
    list. `text` is part of the headline.
    """
    own = own_acts(me, changed_from or 0)
    by_others = or_(own.c.at.is_(None), own.c.at < CaseRow.updated_at)
    changed = false() if changed_from is None else and_(CaseRow.updated_at >= changed_from, by_others)
    parts = (
        CaseRow.severity_rank,
        CaseRow.kind,
        _yes(CaseRow.status == CLAIMED),
        _yes(func.coalesce(CaseRow.owner, "") == me),
        case((CaseRow.due_at < now, LATE), (CaseRow.due_at < now + DAY_MS, SOON), else_=LATER),
        _yes(changed),
        func.coalesce(CaseRow.currency, ""),
    )
    labelled: list[Any] = [part.label(f"part{place}") for place, part in enumerate(parts)]
    asked = select(*labelled, func.count(), func.sum(CaseRow.money)).select_from(CaseRow).where(CaseRow.in_queue.is_(in_queue))
    if changed_from is not None:
        asked = asked.outerjoin(own, own.c.subject == literal("case:") + CaseRow.id)
    if text is not None:
        asked = with_incidents(asked).where(named(text))
    rows = session.execute(asked.group_by(*[label.name for label in labelled])).all()
    return [_group(*tuple(row)) for row in rows]


def _group(
    rank: int, kind: str, claimed: int, mine: int, due: int, changed: int, currency: str, cases: int, money: float
) -> QueueGroup:  # fmt: skip
    return QueueGroup(rank, kind, bool(claimed), bool(mine), due, bool(changed), currency, cases, float(money))


def _yes(holds: ColumnElement[bool]) -> Case[int]:
    return case((holds, 1), else_=0)
