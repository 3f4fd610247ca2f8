"""What people say of events, from when it can no longer be undone unseen."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ops.actions.ends import Word
from ops.actions.made import ON_REQUEST
from ops.cases import outbox
from ops.cases.actions import event_key
from ops.cases.ingest.holders import parts
from ops.cases.tables import ActionRelease, ActionRow, AlertRow, VerdictAlert, VerdictRow
from ops.cases.words import LEGITIMATE


def words_said(session: Session, since: int, now: int) -> dict[str, Word]:
    """Return the words in force of events whose verdicts came into force, or were undone, since then.

    Who asked for a release that is due since then calls the event legitimate.
    """
    those = select(VerdictAlert.alert_id).join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id).where(_moved(since, now))
    alerts = list(session.scalars(those.distinct()))
    words = _in_force(session, alerts, now)
    of_verdicts = {event_key(account, event_id): words[id_] for id_, account, event_id in _events(session, words)}
    is_due = or_(ActionRelease.due_at.between(since, now), ActionRelease.at > now + outbox.SKEW_MS)
    holds_yet = ActionRow.ended_at.is_(None)  # who had a hold released has not released the block that came after it
    asked = session.scalars(select(ActionRelease).join(ActionRow, ActionRow.key == ActionRelease.key).where(is_due, holds_yet))
    return of_verdicts | {one.event_key: Word(LEGITIMATE, one.by, ON_REQUEST) for one in asked}


def _moved(since: int, now: int) -> ColumnElement[bool]:
    """Return which verdicts are looked at; those given before the clock was set back, too."""
    given_before = VerdictRow.at > now + outbox.SKEW_MS
    return or_(VerdictRow.undo_until.between(since, now), VerdictRow.undone_at.between(since, now), given_before)


def _in_force(session: Session, alerts: Iterable[str], now: int) -> dict[str, Word]:
    """Return the newest word by alert; none while that can still be undone unseen."""
    newest: dict[str, tuple[Word, bool]] = {}
    for part in parts(alerts):
        statement = (
            select(VerdictAlert.alert_id, VerdictRow.word, VerdictRow.by, VerdictRow.undo_until, VerdictRow.at)
            .join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id)
            .where(VerdictAlert.alert_id.in_(part), VerdictRow.undone_at.is_(None))
            .order_by(VerdictRow.at, VerdictRow.id)
        )
        rows = session.execute(statement)
        newest |= {alert: (Word(word, by), until <= now or at > now + outbox.SKEW_MS) for alert, word, by, until, at in rows}
    return {alert: word for alert, (word, counts) in newest.items() if counts}


def _events(session: Session, alerts: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    for part in parts(alerts):
        for row in session.execute(select(AlertRow.id, AlertRow.account, AlertRow.event_id).where(AlertRow.id.in_(part))):
            yield row.id, row.account, row.event_id
