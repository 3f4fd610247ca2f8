"""Changes of rules, lists, models and switches, from the proposal to the job's answer."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ops.cases.tables.columns import Document, Moment, Number, Table


class ControlChange(Table):
    """One version of a control record."""

    __tablename__ = "control_changes"
    id: Mapped[Number]
    kind: Mapped[str]
    """rule, list, switch, model or shadow_model."""
    record_id: Mapped[str]
    """The record's id; of a switch its name."""
    version: Mapped[Moment]
    state: Mapped[str]
    """active, shadow, paused or deleted."""
    record: Mapped[Document]
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Moment]
    status: Mapped[str]
    """proposed (waits for a second person), sent, applied, refused."""
    approved_by: Mapped[str | None]
    approved_at: Mapped[Moment | None]
    applied_at: Mapped[Moment | None]
    why_refused: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'sent', 'applied', 'refused')", name="status"),
        UniqueConstraint("kind", "record_id", "version"),
        Index(None, "status", "id"),
        Index(None, "kind", "id"),
    )
