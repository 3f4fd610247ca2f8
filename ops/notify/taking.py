"""What a channel is to be sent next: one notice, many gathered into one, or nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.cases import notices
from ops.cases.tables import NoticeBudget, NoticeThread, Outgoing
from ops.cases.told import CLOSED, REOPENED, UNCLAIMED, UNDONE, VERDICT
from ops.notify.brake import Brake, budget_of
from ops.notify.channel import Traits

REPLIED = (VERDICT, CLOSED, REOPENED, UNDONE, UNCLAIMED)
"""What is said in a message of its own below the one that is changed."""
_MOST_GATHERED = 5_000


@dataclass(frozen=True)
class Work:
    """What is to be sent in one message."""

    rows: Sequence[Outgoing]
    is_gathered: bool = False
    external_id: str | None = None
    is_known: bool = False
    """Whether the channel has a message of this incident."""
    may_reply: bool = True
    spent: int | None = None
    """Its number where the brake has counted it."""


@dataclass(frozen=True)
class Taker:
    """What takes rows of one channel."""

    channel: str
    traits: Traits
    brake: Brake | None
    lease_ms: int

    def take(self, session: Session, now: int) -> Work | None:
        """Return what is to be sent, leased; None if nothing is due that may be sent."""
        work = self._free(session, now) if self.brake is None else self._braked(session, self.brake, now)
        if work is not None:
            notices.lease(session, work.rows, now, self.lease_ms)
        return work

    def _free(self, session: Session, now: int) -> Work | None:
        row = session.scalar(notices.due(self.channel, now).limit(1).with_for_update(skip_locked=True))
        return None if row is None else self._single(session, row)

    def _braked(self, session: Session, brake: Brake, now: int) -> Work | None:
        """Return what may be sent, at the channel's pace over all workers."""
        budget = budget_of(session, self.channel)
        pace_ms = round(self.traits.pace_s * 1000)
        if 0 < (budget.next_at or 0) - now <= pace_ms:  # another worker has just sent; a clock set back holds nobody
            return None
        work = self._within(session, brake, budget, now)
        if work is not None and work.rows:
            budget.next_at = now + pace_ms
        return work

    def _within(self, session: Session, brake: Brake, budget: NoticeBudget, now: int) -> Work | None:
        """Return what the brake allows. Who counts and may not be sent waits, to be gathered with others."""
        is_free = (free_at := brake.free_at(session, budget, now)) <= now
        counts = () if not self.traits.edits else (~notices.is_known_to(self.channel),)
        if not is_free:
            notices.put_off(session, self.channel, now, free_at, *counts)
            budget.is_holding = True
        elif budget.is_holding:
            budget.is_holding = False
            gathered = (*counts, Outgoing.incident.is_not(None))  # a page is sent as it is
            if self._count(session, now, brake.per_minute + 1, gathered) > brake.per_minute:
                rows = session.scalars(notices.due(self.channel, now, *gathered).limit(_MOST_GATHERED)).all()
                return Work(rows, is_gathered=True, spent=brake.spend(session, budget, now, all_of_the_minute=True))
        row = session.scalar(notices.due(self.channel, now).limit(1))
        if row is None:
            return None
        work = self._single(session, row, may_reply=is_free)
        if not (self.traits.edits and work.is_known) or (is_free and not self.traits.is_pager and _replies(row)):
            return replace(work, spent=brake.spend(session, budget, now))
        return work

    def _single(self, session: Session, row: Outgoing, *, may_reply: bool = True) -> Work:
        thread = session.get(NoticeThread, (row.incident, self.channel)) if row.incident else None
        is_known = thread is not None and not thread.is_gathered
        return Work([row], False, thread.external_id if thread else None, is_known, may_reply)

    def _count(self, session: Session, now: int, limit: int, counts: tuple[object, ...]) -> int:
        some = notices.due(self.channel, now, *counts).with_only_columns(Outgoing.id).limit(limit)  # type: ignore[arg-type]
        return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _replies(row: Outgoing) -> bool:
    return any(one["what"] in REPLIED for one in row.document["happened"])
