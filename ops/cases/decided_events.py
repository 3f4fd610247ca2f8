"""The index of decided events: for labels that name their event by its id alone, and for a request that comes
again. Of an event that was decided twice the first decision stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.decisions.decision import Decision
from ops.cases.tables import DecidedEvent
from ops.cases.upsert import upsert

_CHANGED = ("event_type", "time", "pseudonyms", "decision", "score", "decided_at")


def take_decisions(session: Session, documents: Sequence[Mapping[str, Any]]) -> None:
    """Note decisions. Raises ValueError for a document that is none, before anything is written."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in map(_row, documents):
        key = (row["event_id"], row["account"])
        if key not in rows or row["decided_at"] < rows[key]["decided_at"]:
            rows[key] = row
    upsert(
        session,
        DecidedEvent,
        list(rows.values()),
        ("event_id", "account"),
        _CHANGED,
        _is_earlier,
    )


def decided(session: Session, event_id: str, event_type: str | None = None) -> Sequence[DecidedEvent]:
    """Return the decided events of an id, one for each account that used it, the latest first."""
    statement = select(DecidedEvent).where(DecidedEvent.event_id == event_id)
    if event_type is not None:
        statement = statement.where(DecidedEvent.event_type == event_type)
    return session.scalars(statement.order_by(DecidedEvent.decided_at.desc(), DecidedEvent.account).limit(100)).all()


def decided_event(session: Session, event_id: str, account: str | None) -> DecidedEvent | None:
    """Return the decision on an event of an account (its pseudonym), None if there is none."""
    return session.get(DecidedEvent, (event_id, account or ""))


def _is_earlier(new: Any) -> ColumnElement[bool]:
    earlier: ColumnElement[bool] = new.decided_at < DecidedEvent.__table__.c.decided_at
    return earlier


def _row(document: Mapping[str, Any]) -> dict[str, Any]:
    decision = Decision.of(document)
    return {
        "event_id": decision.event_id,
        "account": decision.account or "",
        "event_type": decision.event_type,
        "time": decision.time_ms,
        "pseudonyms": dict(decision.entities),
        "decision": decision.outcome,
        "score": decision.score,
        "decided_at": decision.decided_ms,
    }
