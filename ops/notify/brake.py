"""How much a channel has sent, and when it may send again: so many in a minute, and in any sixty minutes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from domain.times import HOUR_MS, MINUTE_MS
from ops.cases.outbox import SKEW_MS
from ops.cases.tables import NoticeBudget, NoticeMessage
from ops.cases.upsert import insert_missing


@dataclass(frozen=True)
class Brake:
    """Most messages of a channel."""

    per_minute: int
    per_hour: int

    def free_at(self, session: Session, budget: NoticeBudget, now: int) -> int:
        """Return when the next message may go: now, or when the minute is over or an earlier one an hour old.

        An hour later than the last but `per_hour` - 1: so no sixty minutes, wherever they begin, have more.
        """
        _roll(budget, now)
        its = (NoticeMessage.channel == budget.channel, NoticeMessage.at >= now - HOUR_MS, NoticeMessage.at <= now + SKEW_MS)
        times = select(NoticeMessage.at).where(*its).order_by(NoticeMessage.at.desc())
        if (at := session.scalar(times.offset(self.per_hour - 1).limit(1))) is not None:
            return at + HOUR_MS + 1
        return budget.minute_at + MINUTE_MS if budget.minute_sent >= self.per_minute else now

    def spend(self, session: Session, budget: NoticeBudget, now: int, *, all_of_the_minute: bool = False) -> int:
        """Count a message before it is sent: a worker that dies in the middle has sent it. Return its number.

        What is older than an hour is forgotten, and so is what the clock was set back before.
        """
        old = or_(NoticeMessage.at < now - HOUR_MS, NoticeMessage.at > now + SKEW_MS)
        session.execute(delete(NoticeMessage).where(NoticeMessage.channel == budget.channel, old))
        budget.minute_sent = self.per_minute if all_of_the_minute else budget.minute_sent + 1
        message = NoticeMessage(channel=budget.channel, at=now)
        session.add(message)
        session.flush()
        return message.id


def note_when(session: Session, message: int, now: int) -> None:
    """Note when a message that counts was sent: an answer may take seconds."""
    session.execute(update(NoticeMessage).where(NoticeMessage.id == message, NoticeMessage.at < now).values(at=now))


def give_back(session: Session, budget: NoticeBudget, message: int, *, all_of_the_minute: bool = False) -> None:
    """Take back a message that was not sent."""
    session.execute(delete(NoticeMessage).where(NoticeMessage.id == message))
    budget.minute_sent = 0 if all_of_the_minute else max(0, budget.minute_sent - 1)


def budget_of(session: Session, channel: str) -> NoticeBudget:
    """Return what a channel has sent, locked until the commit."""
    none = {"channel": channel, "minute_at": 0, "minute_sent": 0, "hour_at": 0, "hour_sent": 0, "is_holding": False, "next_at": None}
    insert_missing(session, NoticeBudget, [none], ("channel",))
    statement = select(NoticeBudget).where(NoticeBudget.channel == channel).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _roll(budget: NoticeBudget, now: int) -> None:
    """Begin a minute anew where one is over, or lies in the future: clocks are set back."""
    if not 0 <= now - budget.minute_at < MINUTE_MS:
        budget.minute_at, budget.minute_sent = now, 0
