"""Actions that wait to be sent, and what became of those that are not."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session, aliased

from ops.actions.recorded import ACTOR
from ops.cases import notices, outbox
from ops.cases.action_kinds import BLOCK, RELEASE
from ops.cases.audit.chain import Act, audit
from ops.cases.tables import ActionRow, Outgoing

_PENDING = (Outgoing.kind == outbox.ACTION, Outgoing.state == outbox.PENDING)
_MOST = 500
_FIRST = case({BLOCK: 0, RELEASE: 1}, value=Outgoing.target, else_=2)
"""A fraud waits for no block, and a flood of releases would stand before it; a pause is worth least."""


def is_waiting(session: Session) -> bool:
    """Return whether any action waits; reads only."""
    return session.scalar(select(Outgoing.id).where(*_PENDING).limit(1)) is not None


def waiting(session: Session, under_way: Collection[int]) -> Sequence[Outgoing]:
    """Return actions that may become too late and that nobody sends right now, the oldest first, locked."""
    those = (*_PENDING, Outgoing.target != RELEASE, Outgoing.id.not_in(under_way))
    statement = select(Outgoing).where(*those).order_by(Outgoing.id).limit(_MOST)
    return session.scalars(statement.with_for_update(skip_locked=True)).all()


def next_due(
    session: Session, now: int, under_way: Collection[int], *, may_block: bool, may_be_tried: bool = True, is_newest_first: bool = False
) -> Outgoing | None:
    """Return the action to be sent next, locked until the commit; None if none is due.

    Blocks go first, then releases: a shop that is slow has them before many pauses. Of these what was tried
    least goes first: what fails again and again holds up nothing new. Of an event one action is sent at a
    time, in their order; `under_way` are the numbers of those that are.
    """
    earlier = aliased(Outgoing)
    its = (earlier.incident == Outgoing.incident, earlier.kind == outbox.ACTION, earlier.state == outbox.PENDING, earlier.id < Outgoing.id)
    those = [*_PENDING, outbox.is_time(now), Outgoing.id.not_in(under_way), ~select(earlier.id).where(*its).exists()]
    if not may_block:
        those.append(Outgoing.target != BLOCK)
    if not may_be_tried:
        those.append(Outgoing.attempts == 0)
    age = (Outgoing.id.desc(),) if is_newest_first else (Outgoing.due_at, Outgoing.id)
    statement = select(Outgoing).where(*those).order_by(_FIRST, Outgoing.attempts, *age).limit(1)
    return session.scalar(statement.with_for_update(skip_locked=True))


def may_have_come(row: Outgoing | None) -> bool:
    """Return whether the shop may have had an action; None: it is dry, and nothing is sent of it."""
    if row is None or row.state == outbox.SENT:
        return True
    return row.state in (outbox.PENDING, outbox.EXPIRED, outbox.CANCELLED) and row.attempts > 0


def why_not(row: Outgoing, now: int, *, is_on: bool) -> tuple[str, str] | None:
    """Return the state and the reason of an action that is not to be sent, None if it is.

    `is_on`: whether the switch auto_block is; a block that a person asked for does not ask it.
    """
    until = row.document["until"]
    if until is not None and now > until:
        return outbox.EXPIRED, "too late to be sent"
    if row.target == BLOCK and not row.document["by"] and not is_on:
        return outbox.CANCELLED, "auto_block was switched off"
    return None


def drop(session: Session, rows: Sequence[Outgoing], state: str, now: int, why: str) -> None:
    """Note that actions are not sent, or not again. Those that the shop cannot have had are over."""
    if not rows:
        return
    never = [row.key for row in rows if state == outbox.DEAD or row.attempts == 0]
    over = update(ActionRow).where(ActionRow.key.in_(never), ActionRow.ended_at.is_(None)).values(ended_at=now)
    session.execute(over.execution_options(synchronize_session=False))
    notices.mark(session, rows, state, now, why)
    for row in rows:
        audit(session, Act(now, ACTOR, "action.not_sent", f"event:{row.incident}", {"action": row.target, "state": state}))
