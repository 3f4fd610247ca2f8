"""Alerts and the entities that they name."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Document, Moment, Real, Table


class AlertRow(Table):
    """A flagged event. An event is an account and an event id, and so is an alert."""

    __tablename__ = "alerts"
    id: Mapped[str] = mapped_column(primary_key=True)
    """Digest of account and event id: the same after any replay."""
    account: Mapped[str]
    """Pseudonym; empty if the event names none."""
    event_id: Mapped[str]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id", ondelete="SET NULL"))
    is_loose: Mapped[bool]
    """Whether no ring's incident holds it (one of unconnected alerts may)."""
    time: Mapped[Moment]
    event_type: Mapped[str]
    score: Mapped[Real]
    decision: Mapped[str]
    severity: Mapped[str]
    ring: Mapped[str]
    amount: Mapped[Real | None]
    currency: Mapped[str | None]
    document: Mapped[Document]

    __table_args__ = (
        UniqueConstraint("account", "event_id"),
        Index(None, "time", "id"),
        Index(None, "incident_id", "time", "id"),
        Index(None, "ring", "time", sqlite_where=text("is_loose = 1"), postgresql_where=text("is_loose")),
        Index(None, "event_id"),
        Index(None, "time", "decision", "currency", "amount"),
    )


class AlertEntity(Table):
    """An entity that an alert names, as `device:9c41...`, with the alert's time for the order."""

    __tablename__ = "alert_entities"
    entity: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[Moment] = mapped_column(primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index(None, "alert_id"), {"sqlite_with_rowid": False})


class AlertDay(Table):
    """The alerts of a UTC day, decision and currency. A trigger deletes what is not so any more."""

    __tablename__ = "alert_days"
    day: Mapped[Moment] = mapped_column(primary_key=True)
    """Its first millisecond."""
    decision: Mapped[str] = mapped_column(primary_key=True)
    """Empty in the row that says that the day was counted."""
    currency: Mapped[str] = mapped_column(primary_key=True)
    alerts: Mapped[int]
    amount: Mapped[Real | None]

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it so
