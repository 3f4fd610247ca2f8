"""Notices to channels that the settings name no longer: they say so, and are given up as any others are."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.tables import Outgoing

_WHY = "the settings name no such channel: name it in the section notify again, and it is sent"
_OVER = "the settings named no such channel: name it again, then retry"


def mark_orphans(session: Session, known: Collection[str], now: int, give_up_ms: int) -> int:
    """Say why notices to other channels wait, give up those due for long; return how many were changed."""
    changed = _set(session, (*_of_others(known), Outgoing.due_at < now - give_up_ms), state=outbox.DEAD, last_error=_OVER)
    return changed + _set(session, (*_of_others(known), func.coalesce(Outgoing.last_error, "") != _WHY), last_error=_WHY)


def is_orphaned(session: Session, known: Collection[str], now: int, give_up_ms: int) -> bool:
    """Return whether there is anything to be marked; reads only."""
    is_new = (func.coalesce(Outgoing.last_error, "") != _WHY) | (Outgoing.due_at < now - give_up_ms)
    return session.scalar(select(Outgoing.id).where(*_of_others(known), is_new).limit(1)) is not None


def _of_others(known: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (Outgoing.kind == outbox.NOTICE, Outgoing.state == outbox.PENDING, Outgoing.target.not_in(known))


def _set(session: Session, its: tuple[ColumnElement[bool], ...], **values: str) -> int:
    done = session.execute(update(Outgoing).where(*its).values(**values).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
