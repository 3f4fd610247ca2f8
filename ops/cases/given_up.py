"""What was given up, sent again: the audit says by whom, and which rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.action_kinds import RELEASE
from ops.cases.audit.chain import Act, audit
from ops.cases.tables import Outgoing

_MOST_RETRIED = 10_000
_MOST_NAMED = 100
"""Rows that one entry of the audit names."""
_OF_STATE = {
    outbox.PENDING: "it waits (pending), and the worker of ringwatch serve sends it by itself",
    outbox.SENT: "it was sent",
    outbox.CANCELLED: "it was cancelled: what it followed from no longer holds",
    outbox.EXPIRED: "it came too late to be sent (expired): look at its incident, or change its order in the shop",
}
"""Why what is in a state is not sent again."""


def retry_notices(session: Session, ids: Sequence[int] | None, *, by: str, now: int) -> int:
    """Let notices that were given up be sent again; None: all of them. Return how many it was."""
    rows = _retried(session, ids, now, Outgoing.kind == outbox.NOTICE)
    _audit(session, rows, "notices.retry", "notices", by, now)
    return len(rows)


def retry_releases(session: Session, ids: Sequence[int] | None, *, by: str, now: int) -> int:
    """Let releases that were given up be sent again; of other actions it is too late."""
    rows = _retried(session, ids, now, Outgoing.kind == outbox.ACTION, Outgoing.target == RELEASE)
    _audit(session, rows, "actions.retry", "actions", by, now)
    return len(rows)


def why_not(session: Session, ids: Sequence[int]) -> list[str]:
    """Return why rows with these numbers cannot be sent again, a line for each that cannot."""
    rows = {row.id: row for row in session.scalars(select(Outgoing).where(Outgoing.id.in_(ids[:_MOST_RETRIED])))}
    found = [(number, _why_not(rows.get(number))) for number in dict.fromkeys(ids)]
    return [f"{number} is not sent again: {why}" for number, why in found if why]


def _why_not(row: Outgoing | None) -> str:
    """Return why a row cannot be sent again, and what to do; empty if it can."""
    if row is None or row.kind not in (outbox.NOTICE, outbox.ACTION):
        return "no notice or action has this number; ringwatch outbox list shows those that were given up"
    if row.state != outbox.DEAD:
        return _OF_STATE[row.state]
    if row.kind == outbox.NOTICE or row.target == RELEASE:
        return ""
    return f"it is a {row.target} that was given up, and the order has gone on since: change the order in the shop"


def _retried(session: Session, ids: Sequence[int] | None, now: int, *which: ColumnElement[bool]) -> Sequence[Outgoing]:
    given_up = select(Outgoing).where(Outgoing.state == outbox.DEAD, *which)
    if ids is not None:
        given_up = given_up.where(Outgoing.id.in_(ids[:_MOST_RETRIED]))
    rows = session.scalars(given_up.order_by(Outgoing.id).limit(_MOST_RETRIED).with_for_update()).all()
    for row in rows:
        row.state, row.due_at, row.waits_from, row.last_error = outbox.PENDING, now, now, None
        row.document = {**row.document, "again_at": now}
    session.flush()
    return rows


def _audit(session: Session, rows: Sequence[Outgoing], action: str, subject: str, by: str, now: int) -> None:
    if not rows:
        return
    to = Counter(row.target for row in rows)
    details = {"count": len(rows), "to": dict(sorted(to.items())), "ids": [row.id for row in rows[:_MOST_NAMED]]}
    audit(session, Act(now, by, action, subject, details))
