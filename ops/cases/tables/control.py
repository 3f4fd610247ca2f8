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
    """rule, list, switch, model or shadow_model; verdict, undo or release: what waits for a second person."""
    record_id: Mapped[str]
    """The record's id; of a switch its name."""
    version: Mapped[Moment | None]
    """None as long as it is proposed: it gets the next one when it is sent."""
    state: Mapped[str]
    """active, shadow, paused or deleted."""
    list_name: Mapped[str | None]
    entity: Mapped[str | None]
    """Of a list's record, as `device:9c41...`."""
    record: Mapped[Document]
    by: Mapped[str]
    reason: Mapped[str]
    at: Mapped[Moment]
    status: Mapped[str]
    """proposed (waits for a second person), withdrawn by one, sent, applied, refused, or overtaken: a higher
    version came before it could take effect.
    """
    approved_by: Mapped[str | None]
    approved_at: Mapped[Moment | None]
    applied_at: Mapped[Moment | None]
    why_refused: Mapped[str | None]

    __table_args__ = (
        Index(None, "entity"),
        CheckConstraint("status IN ('proposed', 'withdrawn', 'sent', 'applied', 'refused', 'overtaken')", name="status"),
        UniqueConstraint("kind", "record_id", "version"),
        Index(None, "status", "id"),
        Index(None, "kind", "id"),
    )
