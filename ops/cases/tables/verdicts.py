"""What people say that an incident was."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Table


class VerdictRow(Table):
    """A verdict on a case, or on chosen alerts of it."""

    __tablename__ = "verdicts"
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    word: Mapped[str]
    """fraud, legitimate or inconclusive."""
    is_whole: Mapped[bool]
    """Whether it is of all alerts, and closed the case."""
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Moment]
    undo_until: Mapped[Moment]
    """Until then nothing was sent, unless it was undone."""
    sent_at: Mapped[Moment | None]
    """When the last of its labels was sent."""
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[str | None]
    undone_why: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("word IN ('fraud', 'legitimate', 'inconclusive')", name="word"),
        Index(None, "case_id", "at", "id"),
        Index(None, "at", "word"),
        Index(None, "undo_until"),
        Index(None, "undone_at"),
    )


class VerdictAlert(Table):
    """An alert that a verdict is of."""

    __tablename__ = "verdict_alerts"
    verdict_id: Mapped[str] = mapped_column(ForeignKey("verdicts.id", ondelete="CASCADE"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True)
    is_said: Mapped[bool]
    """Whether it made a label: what was in force before said otherwise."""

    __table_args__ = (Index(None, "alert_id", "verdict_id"),)
