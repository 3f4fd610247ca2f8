"""Actions as people and programs look at them: what was done, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK
from domain.times import HOUR_MS
from ops.cases.actions import DRY, UNDONE
from ops.cases.errors import NotFound
from ops.cases.pages import Cursor, Order, Page, page_of
from ops.cases.tables import ActionMinute, ActionRelease, ActionRow, AlertRow, Outgoing

LEFT = "left undone"


@dataclass(frozen=True)
class ListedAction:
    """An action, and what became of it."""

    row: ActionRow
    sent: Outgoing | None
    """None: it is dry."""
    asked: ActionRelease | None = None
    """Who asked for its release, if anybody did."""

    @property
    def state(self) -> str:
        """Return `undone`, `dry`, or the state of its row in the outbox."""
        if self.row.is_undone:
            return UNDONE
        return DRY if self.sent is None else self.sent.state


@dataclass(frozen=True)
class LastHour:
    """What was in the last hour, in whole minutes."""

    orders: int
    blocks: int
    pauses: int
    spent: int
    undone: int
    """Of what was beyond a budget: what led to nothing at all."""
    undone_blocks: int
    """Of these the decisions to block."""


def listed_actions(
    session: Session, cursor: Cursor | None, limit: int, *, action: str | None = None, event_id: str | None = None, is_undone: bool = False
) -> Page[ListedAction]:
    """Return a page of actions, the latest first; `is_undone`: only those left undone. Raises `Invalid`."""
    statement = _listed()
    if is_undone:
        statement = statement.where(ActionRow.is_undone.is_(True))
    if action is not None:
        statement = statement.where(ActionRow.action == action)
    if event_id is not None:
        statement = statement.where(ActionRow.event_id == event_id)
    page = page_of(session, statement, Order(ActionRow.taken_at, ActionRow.id), cursor, limit)
    return Page([ListedAction(*row) for row in page.rows], page.after)


def actions_of_incident(session: Session, incident_id: str, limit: int) -> tuple[Sequence[ListedAction], Mapping[str, int]]:
    """Return the latest actions on the events of an incident's alerts, and how many of each kind."""
    same = and_(AlertRow.event_id == ActionRow.event_id, AlertRow.account == ActionRow.account)
    its = AlertRow.incident_id == incident_id
    kinds = (ActionRow.action, ActionRow.is_undone)
    counts = select(*kinds, func.count()).join(AlertRow, same).where(its).group_by(*kinds).order_by(*kinds)
    found: Counter[str] = Counter()
    for action, is_undone, count in session.execute(counts):
        found[LEFT if is_undone else action] += count
    latest = _listed().join(AlertRow, same).where(its).order_by(ActionRow.taken_at.desc(), ActionRow.id.desc()).limit(limit)
    return [ListedAction(*row) for row in session.execute(latest)] if found else [], found


def listed_action(session: Session, action_id: int) -> ListedAction:
    """Return an action. Raises `NotFound`."""
    found = session.execute(_listed().where(ActionRow.id == action_id)).first()
    if found is None:
        raise NotFound(f"there is no action {action_id}")
    return ListedAction(*found)


def _listed() -> Any:
    """Return the statement of actions with what became of them."""
    found = select(ActionRow, Outgoing, ActionRelease).outerjoin(Outgoing, Outgoing.key == ActionRow.key)
    return found.outerjoin(ActionRelease, ActionRelease.key == ActionRow.key)


def last_hour(session: Session, now: int) -> LastHour:
    """Return what was in the last hour."""
    minute = ActionMinute
    sums = select(func.sum(minute.orders), func.sum(minute.blocks), func.sum(minute.pauses), func.sum(minute.spent))
    undone = select(func.count(), func.sum(case((ActionRow.decision == BLOCK, 1), else_=0)))
    undone = undone.where(ActionRow.is_undone.is_(True), ActionRow.taken_at > now - HOUR_MS)
    found = (*session.execute(sums.where(minute.minute_at > now - HOUR_MS)).one(), *session.execute(undone).one())
    return LastHour(*(int(value or 0) for value in found))
