"""Where the worker is in the streams, what it is to send, and the index of decided events."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Document, Moment, Number, Real, Table


class StreamPlace(Table):
    """How far a stream was read: written in the transaction of what was read."""

    __tablename__ = "stream_places"
    stream: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[str]
    at: Mapped[Moment]


class Outgoing(Table):
    """A document to be sent, once its time has come."""

    __tablename__ = "outbox"
    id: Mapped[Number]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """label, control, told, notice or action."""
    target: Mapped[str]
    """URL of the stream; name of the channel of a notice; which action it is."""
    incident: Mapped[str | None]
    """Of what is told, and of a notice: one is sent at a time of each incident and target. Of an action the
    key of its event: one is sent at a time of each event.
    """
    verdict_id: Mapped[str | None]
    document: Mapped[Document]
    state: Mapped[str]
    """pending, sent, cancelled; dead: given up; expired: too late to be worth sending."""
    due_at: Mapped[Moment]
    """Not to be sent before; while a worker sends it, when another may try."""
    waits_from: Mapped[Moment | None]
    """When `due_at` was set; a clock that is before that was set back. None: it waits for a time of day."""
    attempts: Mapped[int]
    sent_at: Mapped[Moment | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'sent', 'cancelled', 'dead', 'expired')", name="state"),
        Index(None, "state", "due_at", "id"),
        Index(None, "kind", "state", "due_at", "id"),
        Index(None, "target", "state", "id"),
        Index(None, "incident", "target", "state", "id"),
        Index(None, "verdict_id", "state"),
    )


class DecidedEvent(Table):
    """A decision, for labels that name their event by its id alone, and for a request that comes again."""

    __tablename__ = "decided_events"
    event_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    """Pseudonym; empty if the event names none."""
    event_type: Mapped[str]
    time: Mapped[Moment]
    pseudonyms: Mapped[dict[str, str]] = mapped_column(JSON)
    decision: Mapped[str]
    score: Mapped[Real]
    decided_at: Mapped[Moment]

    __table_args__ = (Index(None, "decided_at"), Index(None, "time", "decision", "decided_at"), {"sqlite_with_rowid": False})


class StoreFact(Table):
    """A fact about the store itself, such as the oldest code that may open it."""

    __tablename__ = "store_facts"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
