"""When trials of new models on schedule ended last, and how: what the audit says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.tables import AuditEntry

BY_SCHEDULE = "ringwatch"
"""Who acts in the audit when nobody does."""
_ENDS = {"tried": "retrain.tried", "failed": "retrain.failed"}


def last_trials(session: Session) -> dict[str, int]:
    """Return when the last trial ended that was tried, and the last that failed, in ms since 1970."""
    found: dict[str, int] = {}
    for outcome, action in _ENDS.items():
        its = select(AuditEntry.at).where(AuditEntry.action == action, AuditEntry.actor == BY_SCHEDULE)
        if at := session.scalar(its.order_by(AuditEntry.seq.desc()).limit(1)):
            found[outcome] = at
    return found
