"""The hour that ends now, counted from minutes in the store: it survives the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.times import HOUR_MS, MINUTE_MS
from ops.actions.budget import Hour
from ops.cases.tables import ActionMinute
from ops.cases.upsert import upsert

_COUNTED = ("orders", "legitimate", "blocks", "wrong", "pauses", "spent")


def hour_at(session: Session, now: int) -> Hour:
    """Return the hour that ends now.

    What was done is counted from the beginning of the minute an hour ago, orders from its end: so no hour,
    wherever it begins, has more than the budget.
    """
    begin = now - now % MINUTE_MS - HOUR_MS
    minute = ActionMinute
    done = select(func.sum(minute.blocks), func.sum(minute.wrong), func.sum(minute.pauses)).where(minute.minute_at >= begin)
    seen = select(func.sum(minute.orders), func.sum(minute.legitimate)).where(minute.minute_at > begin)
    blocks, wrong, pauses = (value or 0 for value in session.execute(done).one())
    orders, legitimate = (value or 0 for value in session.execute(seen).one())
    return Hour(int(orders), float(legitimate), int(blocks), float(wrong), int(pauses))


def note_minute(session: Session, now: int, before: Hour, after: Hour, spent: int) -> None:
    """Add what has come to an hour to the minute that runs; `spent`: how often a budget was."""
    added = {name: getattr(after, name) - getattr(before, name) for name in _COUNTED if name != "spent"}
    row = {"minute_at": now - now % MINUTE_MS, **added, "spent": spent}
    if any(added.values()) or spent:
        upsert(session, ActionMinute, [row], ("minute_at",), _added)


def _added(new: Any) -> Mapping[str, Any]:
    return {name: ActionMinute.__table__.c[name] + new[name] for name in _COUNTED}
