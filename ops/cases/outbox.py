"""What is to be sent: written with the act that it follows from, sent by a worker once its time has come.

A worker takes what is due for a while, sends it in order, and says so. If it dies, another one takes it when
the while is over. A document may so be sent twice: its id makes the second one do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session

from domain.times import MINUTE_MS
from ops.cases.tables import Outgoing, VerdictRow

PENDING, SENT, CANCELLED = "pending", "sent", "cancelled"
DEAD, EXPIRED = "dead", "expired"
LABEL, CONTROL = "label", "control"
TOLD, NOTICE = "told", "notice"
"""What happened to an incident, and what a channel is to be told of it: see `told` and `notices`."""
ACTION = "action"
"""What the shop is to do with an event: see `actions`."""
TO_STREAMS = (LABEL, CONTROL)
LEASE_MS = 30_000
"""A worker that sends to streams takes no longer; one that died left its rows for so long."""
SKEW_MS = MINUTE_MS
"""Clocks of several workers may differ by so much; what differs more was set back."""


def is_time(now: int) -> ColumnElement[bool]:
    """Return whether a row that waits is due: by its time, or since the clock was set back meanwhile."""
    return or_(Outgoing.due_at <= now, Outgoing.waits_from > now + SKEW_MS)


def put(
    session: Session,
    kind: str,
    target: str,
    documents: Mapping[str, Mapping[str, Any]],
    now: int,
    due_at: int,
    verdict_id: str | None = None,
) -> None:
    """Write documents by key, to be sent to the URL `target` from `due_at` on. A key is used once."""
    waits = {"due_at": due_at, "waits_from": now, "state": PENDING, "attempts": 0}
    common = {"kind": kind, "target": target, "verdict_id": verdict_id, **waits}
    if documents:
        session.execute(insert(Outgoing), [{**common, "key": key, "document": dict(document)} for key, document in documents.items()])


def control_key(change_id: int) -> str:
    """Return the key of the record of a change."""
    return f"{CONTROL}:{change_id}"


def pending_changes(session: Session, change_ids: Sequence[int]) -> set[int]:
    """Return which of these changes are not in their stream yet."""
    keys = {control_key(change): change for change in change_ids}
    found = select(Outgoing.key).where(Outgoing.key.in_(keys), Outgoing.state == PENDING)
    return {keys[key] for key in session.scalars(found)} if keys else set()


def take_due(session: Session, now: int, limit: int = 500, lease_ms: int = LEASE_MS) -> Sequence[Outgoing]:
    """Return what streams are due, in the order to be sent in; for `lease_ms` no other worker takes it."""
    due = select(Outgoing).where(Outgoing.kind.in_(TO_STREAMS), Outgoing.state == PENDING, is_time(now))
    rows = session.scalars(due.order_by(Outgoing.due_at, Outgoing.id).limit(limit).with_for_update(skip_locked=True)).all()
    if rows:
        values = {"due_at": now + lease_ms, "waits_from": now, "attempts": Outgoing.attempts + 1}
        session.execute(update(Outgoing).where(Outgoing.id.in_([row.id for row in rows])).values(values))
    return rows


def mark_sent(session: Session, ids: Sequence[int], now: int) -> None:
    """Note that rows were sent, and so the verdicts of which nothing is left to be sent."""
    if not ids:
        return
    named = select(Outgoing.verdict_id).where(Outgoing.id.in_(ids), Outgoing.verdict_id.is_not(None))
    locked = select(VerdictRow.id).where(VerdictRow.id.in_(named)).order_by(VerdictRow.id).with_for_update()
    verdicts = session.scalars(locked).all()  # before their rows, as one who undoes them does
    session.execute(update(Outgoing).where(Outgoing.id.in_(ids), Outgoing.state == PENDING).values(state=SENT, sent_at=now))
    left = select(Outgoing.id).where(Outgoing.verdict_id == VerdictRow.id, Outgoing.state == PENDING).exists()
    of_them = (VerdictRow.id.in_(verdicts), VerdictRow.sent_at.is_(None), ~left)
    session.execute(update(VerdictRow).where(*of_them).values(sent_at=now).execution_options(synchronize_session=False))


def mark_failed(session: Session, ids: Sequence[int], error: str, now: int, again_at: int) -> None:
    """Note that rows were not sent, and when to try again."""
    if ids:
        values = {"last_error": error[:500], "due_at": again_at, "waits_from": now}
        session.execute(update(Outgoing).where(Outgoing.id.in_(ids), Outgoing.state == PENDING).values(values))


def waiting(session: Session, now: int) -> tuple[int, int]:
    """Return how many rows wait for streams, and for how long the oldest of those that are due, in ms."""
    pending = (Outgoing.kind.in_(TO_STREAMS), Outgoing.state == PENDING)
    count, oldest = session.execute(select(func.count(), func.min(Outgoing.due_at)).where(*pending)).one()
    return count, max(0, now - oldest) if oldest is not None else 0
