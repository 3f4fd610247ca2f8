"""Pages of a list by keyset: each begins after the last row of the one before, however long the list is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, String, func, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from ops.cases.errors import Invalid

Row = TypeVar("Row")
Cursor = tuple[int | float | str, int | str]
"""Value that the list is sorted by, and id, of the last row that was seen."""
MOST = 1000
"""Most rows of a page."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A part of a list."""

    rows: Sequence[Row]
    after: Cursor | None
    """Where the next page begins; None at the end of the list."""


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: a column, and the id among equals, both in the same direction.

    So an index of both gives the order in either direction. A list by id alone names it twice.
    """

    value: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[Any]
    descending: bool = True

    def after(self, cursor: Cursor) -> ColumnElement[bool]:
        """Return the condition of what comes after the cursor."""
        here, there = (self.value, cursor[0]) if self.value is self.id else (tuple_(self.value, self.id), tuple_(*cursor))
        condition: ColumnElement[bool] = here < there if self.descending else here > there
        return condition

    def columns(self) -> list[ColumnElement[Any]]:
        """Return what ORDER BY takes."""
        columns = [self.value] if self.value is self.id else [self.value, self.id]
        return [column.desc() if self.descending else column.asc() for column in columns]


def page_of(session: Session, statement: Select[Any], order: Order, cursor: Cursor | None, limit: int) -> Page[Any]:
    """Return the rows of a statement after the cursor, at most `limit`. Value and id are added to each row.

    Rows of one entity are that entity, rows of several are tuples. Raises `Invalid`.
    """
    if not 1 <= limit <= MOST:
        raise Invalid("limit", f"ask for 1 to {MOST} rows")
    found = session.execute(statement_of(statement, order, cursor, limit)).all()
    rows = found[:limit]
    more = len(found) > limit
    return Page([_without_key(row) for row in rows], (rows[-1][-2], rows[-1][-1]) if more else None)


def statement_of(statement: Select[Any], order: Order, cursor: Cursor | None, limit: int) -> Select[Any]:
    """Return the statement of a page, with one row more to know whether there are more."""
    keyed = statement.add_columns(order.value.label("key_value"), order.id.label("key_id"))
    if cursor is not None:
        keyed = keyed.where(order.after(cursor))
    return keyed.order_by(*order.columns()).limit(limit + 1)


def unindexed(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return the column so that a database filters by it but takes no index of it.

    Else it may read all rows of one value and sort them, where the list's own index gives the order.
    """
    return func.coalesce(column, "" if isinstance(column.type, String) else 0)


def _without_key(row: Any) -> Any:
    values = tuple(row)[:-2]
    return values[0] if len(values) == 1 else values
