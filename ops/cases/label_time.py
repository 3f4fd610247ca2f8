"""The time of labels: where the job reads a history, labels of today would be too late to be learnt."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.cases.tables import AlertRow, IncidentRow


def label_time(session: Session, now: int, late_days: float) -> int:
    """Return the event time of labels said now: now, or where the job has come if that is long ago, in ms.

    `late_days` is the job's `graph.late_days`: a label so far ahead of an entity's events makes these late.
    """
    alert = session.scalar(select(AlertRow.time).order_by(AlertRow.time.desc(), AlertRow.id.desc()).limit(1))
    told = session.scalar(select(IncidentRow.updated_at).order_by(IncidentRow.updated_at.desc(), IncidentRow.id.desc()).limit(1))
    reached = max(alert or 0, told or 0)
    return now if not reached or now - reached <= late_days * DAY_MS else reached
