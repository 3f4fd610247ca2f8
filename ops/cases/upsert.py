"""INSERT ... ON CONFLICT, alike on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from ops.cases.tables.columns import Table

Rows = Sequence[Mapping[str, Any]]


def insert_into(session: Session, table: type[Table]) -> postgresql.Insert:
    """Return the INSERT of the session's database; both have `on_conflict_do_...` and `excluded`."""
    dialect = session.get_bind().dialect.name
    made: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return made  # type: ignore[no-any-return]


def upsert(session: Session, table: type[Table], rows: Rows, keys: Sequence[str], changed: Sequence[str], only_if: Any = None) -> None:
    """Insert the rows; where the keys are there, change those columns, if `only_if(excluded)` holds.

    Rows go in the order of their keys, so that two who write the same ones do not wait for each other.
    """
    if not rows:
        return
    statement = insert_into(session, table)
    where: ColumnElement[bool] | None = None if only_if is None else only_if(statement.excluded)
    values = {name: statement.excluded[name] for name in changed}
    statement = statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=where)
    session.execute(statement, sorted(rows, key=lambda row: [row[key] for key in keys]))


def insert_new(session: Session, table: type[Table], rows: Rows, key: InstrumentedAttribute[Any]) -> set[Any]:
    """Insert the rows that are not there; return the keys of those that were inserted."""
    if not rows:
        return set()
    statement = insert_into(session, table).on_conflict_do_nothing().returning(key)
    inserted: CursorResult[Any] = session.execute(statement, sorted(rows, key=lambda row: row[key.key]))  # type: ignore[assignment]
    return set(inserted.scalars())


def insert_missing(session: Session, table: type[Table], rows: Rows, keys: Sequence[str]) -> None:
    """Insert the rows that are not there."""
    if rows:
        statement = insert_into(session, table).on_conflict_do_nothing()
        session.execute(statement, sorted(rows, key=lambda row: [row[key] for key in keys]))
