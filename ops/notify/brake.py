"""How much a channel has sent, and when it may send again: so many in a minute and an hour."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.times import HOUR_MS, MINUTE_MS
from ops.cases.tables import NoticeBudget
from ops.cases.upsert import insert_missing


@dataclass(frozen=True)
class Brake:
    """Most messages of a channel."""

    per_minute: int
    per_hour: int

    def free_at(self, budget: NoticeBudget, now: int) -> int:
        """Return when the next message may go: now, or when the minute or the hour is over."""
        _roll(budget, now)
        if budget.hour_sent >= self.per_hour:
            return budget.hour_at + HOUR_MS
        return budget.minute_at + MINUTE_MS if budget.minute_sent >= self.per_minute else now

    def spend(self, budget: NoticeBudget, *, all_of_the_minute: bool = False) -> None:
        """Count a message before it is sent: a worker that dies in the middle has sent it."""
        budget.hour_sent += 1
        budget.minute_sent = self.per_minute if all_of_the_minute else budget.minute_sent + 1


def give_back(budget: NoticeBudget, *, all_of_the_minute: bool = False) -> None:
    """Take back a message that was not sent."""
    budget.hour_sent = max(0, budget.hour_sent - 1)
    budget.minute_sent = 0 if all_of_the_minute else max(0, budget.minute_sent - 1)


def budget_of(session: Session, channel: str) -> NoticeBudget:
    """Return what a channel has sent, locked until the commit."""
    none = {"channel": channel, "minute_at": 0, "minute_sent": 0, "hour_at": 0, "hour_sent": 0, "is_holding": False, "next_at": None}
    insert_missing(session, NoticeBudget, [none], ("channel",))
    statement = select(NoticeBudget).where(NoticeBudget.channel == channel).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _roll(budget: NoticeBudget, now: int) -> None:
    """Begin a minute or an hour anew where one is over, or lies in the future: clocks are set back."""
    if not 0 <= now - budget.minute_at < MINUTE_MS:
        budget.minute_at, budget.minute_sent = now, 0
    if not 0 <= now - budget.hour_at < HOUR_MS:
        budget.hour_at, budget.hour_sent = now, 0
