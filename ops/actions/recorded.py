"""New actions written into the store, those that are sent into the audit, too.

What was left undone is in the table only: a flood of orders must not fill the audit.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops.cases.actions import NewAction, put_actions
from ops.cases.audit.chain import Act, audit

ACTOR = "ringwatch"
"""Who has acted in the audit where nobody did."""


def record(session: Session, new: Sequence[NewAction], now: int) -> int:
    """Write actions; return how many were not there before."""
    if not new:
        return 0
    fresh = put_actions(session, new)
    for one in fresh:
        if one.is_sent:
            audit(session, _act(one, now))
    return len(fresh)


def _act(one: NewAction, now: int) -> Act:
    row = one.row
    details = {"why": row["why"], "score": row["score"], "decision": row["decision"], "ends": row["ends"], "late": one.is_late}
    entity = f"account:{row['account']}" if row["account"] else None
    return Act(
        now, row["by"] or ACTOR, f"action.{row['action']}", f"event:{row['event_key']}", details, {"event_id": row["event_id"]}, entity
    )
