"""Cases, one for an incident that people are to look at, and what they say to each other."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Number, Real, Table

_NARROWED = ((), ("in_queue",), ("status",), ("owner", "in_queue"))
"""What lists of cases are narrowed to first; see `queue.cases`."""


class CaseRow(Table):
    """The work on one incident. What the queue sorts and filters by is here, not in the incident."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), unique=True)
    status: Mapped[str]
    """open, claimed or closed."""
    in_queue: Mapped[bool]
    """Whether it is not closed."""
    owner: Mapped[str | None]
    claimed_until: Mapped[Moment | None]
    """When the claim ends unless its owner acts."""
    opened_at: Mapped[Moment]
    """Wall clock: when the store made the case or opened it again."""
    updated_at: Mapped[Moment]
    """Wall clock of the last change by anybody."""
    due_at: Mapped[Moment]
    is_due_set: Mapped[bool]
    """Whether a person set the due time: the severity then no longer changes it."""
    priority: Mapped[Real]
    """Severity first, then money at risk; see `queue.priority_of`."""
    kind: Mapped[str]
    severity_rank: Mapped[int]
    money: Mapped[Real]
    """The incident's largest sum at risk, on the yardstick of severities."""
    verdict: Mapped[str | None]
    """The verdict of the whole that is in force."""
    closed_at: Mapped[Moment | None]
    closed_alerts: Mapped[int | None]
    """Alerts of the incident when the case was closed: more of them open it again."""
    reopened_why: Mapped[str | None]
    version: Mapped[int]
    """Counts changes, for optimistic locking."""
    currency: Mapped[str | None]
    """Of its money; None without any."""

    __table_args__ = (
        CheckConstraint("status IN ('open', 'claimed', 'closed')", name="status"),
        CheckConstraint("(status = 'claimed') = (owner IS NOT NULL AND claimed_until IS NOT NULL)", name="owner"),
        *(Index(None, *narrowed, order, "id") for order in ("priority", "due_at", "updated_at") for narrowed in _NARROWED),
        Index(None, "status", "claimed_until"),
        Index(None, "in_queue", "status", "severity_rank", "due_at", "money"),
        Index(None, "status", "opened_at", "id"),
    )


class Comment(Table):
    """What somebody wrote beside a case."""

    __tablename__ = "comments"
    id: Mapped[Number]
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    by: Mapped[str]
    at: Mapped[Moment]
    text: Mapped[str]

    __table_args__ = (Index(None, "case_id", "id"),)
