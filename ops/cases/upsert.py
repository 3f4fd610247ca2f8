"""INSERT ... ON CONFLICT, alike on both databases. Statements are made once: a worker runs them all day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops.cases.tables.columns import Table

Rows = Sequence[Mapping[str, Any]]
Set = Callable[[Any], Mapping[str, Any]]
"""Columns to change and their values, from what would have been inserted (`excluded`)."""


def upsert(
    session: Session,
    table: type[Table],
    rows: Rows,
    keys: tuple[str, ...],
    changed: tuple[str, ...] | Set,
    only_if: Callable[[Any], ColumnElement[bool]] | None = None,
) -> None:
    """Insert the rows; where the keys are there, change those columns, if `only_if(excluded)` holds.

    Rows go in the order of their keys, so that two who write the same ones do not wait for each other.
    Functions are those of a module: the statement is kept by them.
    """
    if rows:
        statement = _upserting(session.get_bind().dialect.name, table, keys, changed, only_if)
        session.connection().execute(statement, _in_order(rows, keys))


def insert_new(session: Session, table: type[Table], rows: Rows, key: str) -> set[Any]:
    """Insert the rows that are not there; return the keys of those that were inserted."""
    if not rows:
        return set()
    statement = _inserting(session.get_bind().dialect.name, table, key)
    return set(session.connection().execute(statement, _in_order(rows, (key,))).scalars())


def insert_missing(session: Session, table: type[Table], rows: Rows, keys: tuple[str, ...]) -> None:
    """Insert the rows that are not there."""
    if rows:
        session.connection().execute(_inserting(session.get_bind().dialect.name, table, None), _in_order(rows, keys))


def _in_order(rows: Rows, keys: Sequence[str]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: [row[key] for key in keys])


@cache
def _upserting(
    dialect: str,
    table: type[Table],
    keys: tuple[str, ...],
    changed: tuple[str, ...] | Set,
    only_if: Callable[[Any], ColumnElement[bool]] | None,
) -> Any:
    statement = _insert(dialect, table)
    excluded = statement.excluded
    values = changed(excluded) if callable(changed) else {name: excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=None if only_if is None else only_if(excluded))


@cache
def _inserting(dialect: str, table: type[Table], returning: str | None) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement if returning is None else statement.returning(table.__table__.c[returning])


def _insert(dialect: str, table: type[Table]) -> Any:
    name: Any = table.__table__
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(name)
