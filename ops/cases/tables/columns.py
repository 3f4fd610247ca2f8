"""The parent of all tables, and the types of their columns."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Double, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

Moment = Annotated[int, mapped_column(BigInteger)]
"""Milliseconds since 1970."""
Number = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)]
"""A running number. SQLite counts only what is called INTEGER."""
Real = Annotated[float, mapped_column(Double)]
Document = Annotated[dict[str, Any], mapped_column(JSON)]
"""JSON as it came, in ASCII: no index looks into it, and no JSONB refuses what it holds."""


class Table(DeclarativeBase):
    """The parent of all tables. Constraints have names, so that a migration can drop them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text}  # noqa: RUF012 - SQLAlchemy reads it so
