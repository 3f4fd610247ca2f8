"""What people asked, and what they were answered."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from ops.cases.tables.columns import Document, Moment, Number, Table


class Question(Table):
    """A question of a person, with its answer."""

    __tablename__ = "questions"
    id: Mapped[Number]
    by: Mapped[str]
    at: Mapped[Moment]
    question: Mapped[str]
    """Without raw identifiers: pseudonyms stand for them."""
    answer: Mapped[Document]

    __table_args__ = (Index(None, "by", "id"), Index(None, "at", "id"))
