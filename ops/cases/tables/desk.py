"""What the desk keeps for a person: acts that can be undone, saved filters, when one last looked."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Document, Moment, Number, Table


class DeskAct(Table):
    """An act of a person that can be taken back for some seconds."""

    __tablename__ = "desk_acts"
    id: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    at: Mapped[Moment]
    until: Mapped[Moment]
    """Until when it can be taken back."""
    said: Mapped[str]
    """What was done, in words, without what documents say."""
    steps: Mapped[Document]
    """What was before: see `ops.cases.desk_acts`."""
    undone_at: Mapped[Moment | None]

    __table_args__ = (Index(None, "by", "at"),)


class SavedFilter(Table):
    """A list of cases that somebody has given a name."""

    __tablename__ = "saved_filters"
    id: Mapped[Number]
    owner: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    """The part of the list's address after `?`."""
    at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("owner", "name"),)


class Look(Table):
    """When somebody looked at the queue."""

    __tablename__ = "looks"
    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Moment]
    """What changed after this is new to the person."""
    looked_at: Mapped[Moment]
    """The latest look, within a minute."""
