"""What the shop is, or would be, asked to do with events, and how much of it was in each minute."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Number, Real, Table


class ActionRow(Table):
    """An action on an event. The row of the outbox with the same key, if any, says what became of it."""

    __tablename__ = "actions"
    id: Mapped[Number]
    key: Mapped[str] = mapped_column(unique=True)
    """Of the event and the action: no second one is made. What was left undone has another."""
    event_key: Mapped[str]
    """Digest of account and event id."""
    event_id: Mapped[str]
    account: Mapped[str]
    """Pseudonym; empty if the event names none."""
    event_type: Mapped[str]
    event_time: Mapped[Moment]
    amount: Mapped[Real | None]
    currency: Mapped[str | None]
    action: Mapped[str]
    ends: Mapped[str | None]
    """Of a release, and of a block after a pause: the action that it ends."""
    why: Mapped[str]
    by: Mapped[str]
    """Who said so; empty: the job, or the clock."""
    decision: Mapped[str]
    score: Mapped[Real]
    model: Mapped[str]
    is_dry: Mapped[bool]
    """Whether it is only recorded."""
    is_undone: Mapped[bool | None]
    """Whether a budget was spent, so that nothing was done, not even something milder; None: no."""
    taken_at: Mapped[Moment]
    ends_at: Mapped[Moment | None]
    """When a hold ends by itself."""
    ended_at: Mapped[Moment | None]
    """Since when it no longer holds: released, turned into a block, or never sent."""

    __table_args__ = (
        CheckConstraint("action IN ('hold', 'verify', 'block', 'release')", name="action"),
        Index(None, "event_key"),
        Index(None, "event_id"),
        Index(None, "taken_at", "id"),
        Index(None, "ended_at", "ends_at"),
    )


class ActionRelease(Table):
    """A person's wish that an action be released."""

    __tablename__ = "action_releases"
    key: Mapped[str] = mapped_column(primary_key=True)
    """Of the action."""
    event_key: Mapped[str]
    action: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Moment]
    due_at: Mapped[Moment]
    """Until then nothing follows, and it can be taken back."""
    approved_by: Mapped[str | None]
    """The second person, where one was needed."""

    __table_args__ = (Index(None, "due_at"), Index(None, "by", "at"))


class ActionMinute(Table):
    """What was decided and done in a minute of the worker's clock: what budgets are counted from."""

    __tablename__ = "action_minutes"
    minute_at: Mapped[Moment] = mapped_column(primary_key=True)
    orders: Mapped[int]
    legitimate: Mapped[Real]
    """How many of the orders are expected to be legitimate."""
    blocks: Mapped[int]
    wrong: Mapped[Real]
    """How many of the blocks are expected to be of legitimate orders."""
    pauses: Mapped[int]
    """Events that were held or verified."""
    spent: Mapped[int]
    """Actions that became milder because a budget was spent."""

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it so
