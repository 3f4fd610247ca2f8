"""The chain of what people did, and beside it what may be erased."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Table


class AuditEntry(Table):
    """One act. Rows are only ever added."""

    __tablename__ = "audit"
    seq: Mapped[Moment] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3, ... without a gap."""
    at: Mapped[Moment]
    actor: Mapped[str]
    action: Mapped[str]
    """As `case.claim`."""
    subject: Mapped[str]
    """As `case:case-3f9a...`; never a pseudonym."""
    details: Mapped[str] = mapped_column(Text)
    """JSON text, as it was hashed."""
    commitment: Mapped[str | None]
    """Digest of salt and text of the `AuditSubject`, if the act has one."""
    previous: Mapped[str]
    """Hash of the entry before; of the first, 64 zeros."""
    hash: Mapped[str]

    __table_args__ = (
        Index(None, "subject", "seq"),
        Index(None, "actor", "seq"),
        Index(None, "action", "seq"),
    )


class AuditHead(Table):
    """The end of the chain, one row: whoever adds an entry locks it until the commit."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[Moment]
    """How many entries there are."""
    hash: Mapped[str]

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class AuditSubject(Table):
    """What an act was about and the chain may not hold: entities, reasons. Erased, the chain stays whole."""

    __tablename__ = "audit_subjects"
    seq: Mapped[Moment] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[str]
    entity: Mapped[str | None]
    """As `device:9c41...`, if the act was about one."""
    text: Mapped[str]
    """JSON text, as it was committed to."""

    __table_args__ = (Index(None, "entity", "seq"),)
