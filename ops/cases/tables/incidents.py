"""Incidents as the job published them: the newest revision as columns, every revision as a document."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Document, Moment, Real, Table


class IncidentRow(Table):
    """The newest revision of an incident."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """ring, unconnected or wave."""
    status: Mapped[str]
    """opened, grown or closed: the job's word, not the case's."""
    severity: Mapped[str]
    severity_rank: Mapped[int]
    """Place of the severity, 0 for low to 3 for critical."""
    action: Mapped[str]
    pattern: Mapped[str | None]
    headline: Mapped[str | None]
    opened_at: Mapped[Moment]
    """Event time of the first alert."""
    updated_at: Mapped[Moment]
    """Event time when the newest revision was published."""
    closed_at: Mapped[Moment | None]
    revision: Mapped[int]
    alerts: Mapped[int]
    accounts: Mapped[int]
    money: Mapped[Real]
    """Money at risk: the largest sum of a currency, on the yardstick of severities."""
    score_max: Mapped[Real]
    ring: Mapped[str]
    merged_into: Mapped[str | None]
    is_listed: Mapped[bool]
    """Whether the document names all its events."""
    document: Mapped[Document]

    __table_args__ = (
        Index(None, "updated_at", "id"),
        Index(None, "opened_at", "id"),
        Index(None, "money", "id"),
        Index(None, "severity_rank", "id"),
        Index(None, "score_max", "id"),
        Index(None, "alerts", "id"),
        *(Index(None, narrowed, "updated_at", "id") for narrowed in ("severity_rank", "kind", "status", "action", "pattern")),
        Index(None, "ring", "opened_at"),
    )


class IncidentRevision(Table):
    """One revision of an incident, whole."""

    __tablename__ = "incident_revisions"
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Moment]
    document: Mapped[Document]

    __table_args__ = (Index(None, "at"),)


class IncidentRing(Table):
    """A ring label that alerts of an incident carried, and when: which alerts are its own."""

    __tablename__ = "incident_rings"
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True)
    ring: Mapped[str] = mapped_column(primary_key=True)
    first_time: Mapped[Moment]
    last_time: Mapped[Moment]

    __table_args__ = (Index(None, "ring", "first_time"),)


class IncidentEntity(Table):
    """An entity of an incident, as `device:9c41...`."""

    __tablename__ = "incident_entities"
    entity: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True)
    opened_at: Mapped[Moment]
    """Of the incident, for the order of an entity's incidents."""
    alerts: Mapped[int]
    """How many of the incident's stored alerts name it."""

    __table_args__ = (Index(None, "incident_id", "alerts", "entity"), Index(None, "entity", "opened_at", "incident_id"))
