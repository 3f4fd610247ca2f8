"""What people say of the summaries of incidents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Number, Table


class SummaryFeedback(Table):
    """One person's rating of the summary of one revision, with the corrected text if it has one."""

    __tablename__ = "summary_feedback"
    id: Mapped[Number]
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"))
    revision: Mapped[int]
    by: Mapped[str]
    rating: Mapped[str]
    """good or bad."""
    why: Mapped[str | None]
    text: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The corrected summary in the form of the fence: `SummaryText.to_document()`."""
    is_changed: Mapped[bool]
    """Whether the text says anything else than the summary did."""
    model: Mapped[str]
    """Who wrote the summary: a model's name, or template."""
    prompt: Mapped[str]
    """Version of the prompt that the model read; empty without one."""
    at: Mapped[Moment]
    version: Mapped[int]
    """Counts changes."""
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("rating IN ('good', 'bad')", name="rating"),
        Index(None, "incident_id", "revision", "by"),
        Index(None, "at", "id"),
    )
