"""Changes of rules, lists, models and switches on a day, and what the outbox has given up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.tables import ControlChange, Outgoing
from ops.digest.day import Day
from ops.digest.figures import Change, Counts
from ops.terminal.shown_values import plain

CHANGES = 40
"""So many have a line of their own."""
KINDS = ("rule", "list", "switch", "model", "shadow_model", "rate")
"""Of control records; the others are proposals of verdicts."""
_WORD, _REASON = 60, 200


def changes_of(session: Session, day: Day, most: int = CHANGES) -> tuple[Sequence[Change], int]:
    """Return the changes of a day in their order, and how many more there are."""
    times = (ControlChange.at, ControlChange.approved_at, ControlChange.applied_at)
    within = or_(*((column >= day.start) & (column < day.before) for column in times))
    its = (ControlChange.kind.in_(KINDS), within)
    count = session.scalar(select(func.count()).select_from(ControlChange).where(*its)) or 0
    rows = session.scalars(select(ControlChange).where(*its).order_by(ControlChange.id).limit(most)).all()
    return [_change(row) for row in rows], max(0, count - len(rows))


def dead_letters(session: Session) -> Counts:
    """Return by kind what was given up and not sent again, as it is now."""
    asked = select(Outgoing.kind, func.count()).where(Outgoing.state == outbox.DEAD).group_by(Outgoing.kind).order_by(Outgoing.kind)
    return dict(session.execute(asked).all())


def _change(row: ControlChange) -> Change:
    return Change(
        at=row.at,
        kind=row.kind.replace("_", " "),
        id=plain(row.record_id or "the deciding one", _WORD),
        version=row.version,
        state=plain(row.state, _WORD),
        status=row.status,
        by=plain(row.by, _WORD),
        approved_by=plain(row.approved_by, _WORD) if row.approved_by else "",
        reason=plain(row.reason, _REASON),
    )
