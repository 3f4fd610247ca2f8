"""Which word is in force of an alert (of the newest verdict that was not undone), and what was told of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.ingest.holders import parts
from ops.cases.outbox import CANCELLED
from ops.cases.tables import Outgoing, VerdictAlert, VerdictRow


def standing_words(session: Session, alert_ids: Sequence[str]) -> dict[str, str]:
    """Return the word in force by alert."""
    words: dict[str, str] = {}
    for part in parts(alert_ids):
        statement = (
            select(VerdictAlert.alert_id, VerdictRow.word)
            .join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id)
            .where(VerdictAlert.alert_id.in_(part), VerdictRow.undone_at.is_(None))
            .order_by(VerdictRow.at, VerdictRow.id)
        )
        words |= dict(session.execute(statement).all())
    return words


def told_flags(session: Session, case_id: str) -> dict[str, bool | None]:
    """Return `is_fraud` of the last label of each alert of a case that was sent or is to be sent.

    The key is the alert's part of the label's id.
    """
    statement = (
        select(Outgoing.key, Outgoing.document)
        .join(VerdictRow, VerdictRow.id == Outgoing.verdict_id)
        .where(VerdictRow.case_id == case_id, Outgoing.state != CANCELLED)
        .order_by(Outgoing.id)
    )
    return {key.rpartition(":")[2]: document["is_fraud"] for key, document in session.execute(statement)}
