"""What is old goes: decided events, alerts, incidents and their closed cases. Open cases and the audit stay.

Age is counted from the latest event time in the store if that is before now: a history that is read today is
not old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.cases import outbox
from ops.cases.settings import StoreSettings
from ops.cases.tables import (
    ActionMinute,
    ActionRelease,
    ActionRow,
    AlertRow,
    CaseRow,
    DecidedEvent,
    IncidentRow,
    Login,
    Outgoing,
    Question,
    SessionRow,
    Table,
    VerdictRow,
)

_TOLD_DAYS = 7
"""For so long it is kept what happened, once it was passed on: the same revision that comes again is none."""
_COUNTED_DAYS = 30
"""For so long the minutes are kept that budgets of actions are counted from; an hour is what they need."""


@dataclass(frozen=True)
class Forgotten:
    """How many rows went; call again while there were any."""

    decided_events: int = 0
    incidents: int = 0
    alerts: int = 0
    others: int = 0

    @property
    def rows(self) -> int:
        """Return how many it was in all; 0 if nothing is left to go."""
        return self.decided_events + self.incidents + self.alerts + self.others


def forget(session: Session, now: int, settings: StoreSettings, limit: int = 500) -> Forgotten:
    """Delete what is older than the settings say, at most `limit` rows of a kind: nobody waits long."""
    before = _clock(session, now) - round(settings.retention_days * DAY_MS)
    newest = session.scalar(select(func.max(DecidedEvent.decided_at))) or now
    decided = min(now, newest) - round(settings.event_days * DAY_MS)
    incidents = _forget_incidents(session, before, max(1, limit // 10))
    lone = select(AlertRow.id).where(AlertRow.incident_id.is_(None), AlertRow.time < before).order_by(AlertRow.time, AlertRow.id)
    alerts = _delete(session, AlertRow, AlertRow.id, lone.limit(limit))
    return Forgotten(_forget_decided(session, decided, limit), incidents, alerts, _forget_others(session, now, before, limit))


def _clock(session: Session, now: int) -> int:
    latest = session.scalar(select(func.max(AlertRow.time)))
    return now if latest is None else min(now, latest)


def _forget_decided(session: Session, before: int, limit: int) -> int:
    keys = select(DecidedEvent.event_id, DecidedEvent.account).where(DecidedEvent.decided_at < before)
    rows = session.execute(keys.order_by(DecidedEvent.decided_at).limit(limit)).all()
    for event_id, account in rows:
        session.execute(delete(DecidedEvent).where(DecidedEvent.event_id == event_id, DecidedEvent.account == account))
    return len(rows)


def _forget_incidents(session: Session, before: int, limit: int) -> int:
    """Delete incidents with their alerts, revisions and closed cases; a case in the queue keeps its own."""
    waits = select(CaseRow.id).where(CaseRow.incident_id == IncidentRow.id, CaseRow.in_queue.is_(True)).exists()
    old = select(IncidentRow.id).where(IncidentRow.updated_at < before, ~waits)
    ids = session.scalars(old.order_by(IncidentRow.updated_at, IncidentRow.id).limit(limit)).all()
    if ids:
        verdicts = select(VerdictRow.id).join(CaseRow, CaseRow.id == VerdictRow.case_id).where(CaseRow.incident_id.in_(ids))
        session.execute(delete(Outgoing).where(Outgoing.verdict_id.in_(verdicts)).execution_options(synchronize_session=False))
        for table, column in ((AlertRow, AlertRow.incident_id), (IncidentRow, IncidentRow.id)):
            session.execute(delete(table).where(column.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def _forget_others(session: Session, now: int, before: int, limit: int) -> int:
    """Delete ended sessions, failed log-ins of the day before, and what was sent long ago."""
    ended = select(SessionRow.id_hash).where(SessionRow.expires_at < now).limit(limit)
    failed = select(Login.key).where(Login.last_at < now - DAY_MS).limit(limit)
    kinds = Outgoing.kind.in_((outbox.CONTROL, outbox.NOTICE, outbox.ACTION))
    sent = select(Outgoing.id).where(kinds, Outgoing.state != outbox.PENDING, Outgoing.due_at < before).limit(limit)
    told = (Outgoing.kind == outbox.TOLD, Outgoing.state == outbox.SENT, Outgoing.due_at < now - _TOLD_DAYS * DAY_MS)
    passed_on = select(Outgoing.id).where(*told).limit(limit)
    acted = select(ActionRow.id).where(ActionRow.taken_at < before).limit(limit)
    asked = select(ActionRelease.key).where(ActionRelease.at < before).limit(limit)
    counted = select(ActionMinute.minute_at).where(ActionMinute.minute_at < now - _COUNTED_DAYS * DAY_MS).limit(limit)
    questions = select(Question.id).where(Question.at < before).limit(limit)
    return (
        _delete(session, SessionRow, SessionRow.id_hash, ended)
        + _delete(session, Login, Login.key, failed)
        + _delete(session, Outgoing, Outgoing.id, sent)
        + _delete(session, Outgoing, Outgoing.id, passed_on)
        + _delete(session, ActionRow, ActionRow.id, acted)
        + _delete(session, ActionRelease, ActionRelease.key, asked)
        + _delete(session, Question, Question.id, questions)
        + _delete(session, ActionMinute, ActionMinute.minute_at, counted)
    )


def _delete(session: Session, table: type[Table], key: Any, which: Select[Any]) -> int:
    ids: Sequence[Any] = session.scalars(which).all()
    if ids:
        session.execute(delete(table).where(key.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)
