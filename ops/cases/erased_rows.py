"""Rows deleted, and columns masked, each with its count; or only counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from ops.cases.masks import Mask
from ops.cases.tables import Table

_AT_ONCE = 200


@dataclass(frozen=True)
class Erased:
    """What was done to a table."""

    table: str
    deleted: int = 0
    masked: int = 0


class Eraser:
    """Deletes and masks in a session; with `dry` it counts alone."""

    def __init__(self, session: Session, dry: bool) -> None:
        self._session, self._dry = session, dry

    def delete(self, table: type[Table], *which: ColumnElement[bool]) -> Erased:
        """Delete the rows that all of `which` choose."""
        count = self._session.scalar(select(func.count()).select_from(table).where(*which)) or 0
        if count and not self._dry:
            self._session.execute(delete(table).where(*which).execution_options(synchronize_session=False))
        return Erased(table.__tablename__, deleted=count)

    def delete_named(self, table: type[Table], columns: Sequence[str], mask: Mask, *which: ColumnElement[bool]) -> Erased:
        """Delete the rows that all of `which` choose and that name the account in one of the columns."""
        chosen = [key for key, before in self._rows(table, columns, which) if any(map(mask.is_in, before))]
        for first in range(0, 0 if self._dry else len(chosen), _AT_ONCE):
            some = tuple_(*inspect(table).primary_key).in_(chosen[first : first + _AT_ONCE])
            self._session.execute(delete(table).where(some).execution_options(synchronize_session=False))
        return Erased(table.__tablename__, deleted=len(chosen))

    def mask(self, table: type[Table], columns: Sequence[str], mask: Mask, *which: ColumnElement[bool]) -> Erased:
        """Mask columns of the rows that all of `which` choose; a row without the name does not count."""
        return Erased(table.__tablename__, masked=sum(self._masked(table, row, columns, mask) for row in self._rows(table, columns, which)))

    def _rows(self, table: type[Table], columns: Sequence[str], which: Sequence[ColumnElement[bool]]) -> Iterator[Any]:
        """Yield (key, values): the keys are read first, so that no cursor is open while rows change."""
        key = list(inspect(table).primary_key)
        keys = [tuple(row) for row in self._session.execute(select(*key).where(*which))]
        wanted = [getattr(table, column) for column in columns]
        for first in range(0, len(keys), _AT_ONCE):
            some = tuple_(*key).in_(keys[first : first + _AT_ONCE])
            for row in self._session.execute(select(*key, *wanted).where(some)).all():
                yield tuple(row[: len(key)]), row[len(key) :]

    def _masked(self, table: type[Table], row: Any, columns: Sequence[str], mask: Mask) -> bool:
        key, before = row
        after = [mask.of(value) for value in before]
        if after == list(before):
            return False
        if not self._dry:
            one = [column == value for column, value in zip(inspect(table).primary_key, key, strict=True)]
            values = dict(zip(columns, after, strict=True))
            self._session.execute(update(table).where(*one).values(values).execution_options(synchronize_session=False))
        return True
