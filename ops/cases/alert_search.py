"""Alerts of a kind that may be rare: looked for among so many at once, so that no page reads the whole
table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from ops.cases.alerts import AlertFilter, alerts_statement
from ops.cases.pages import Cursor, Order, Page, page_of
from ops.cases.tables import AlertEntity, AlertRow

LOOKED_AT = 20_000
"""Alerts that one page looks at."""
_NARROW = ("decision", "severity", "event_type")
"""Filters that have no index of their own."""


def found_alerts(session: Session, wanted: AlertFilter, cursor: Cursor | None, limit: int, among: int = LOOKED_AT) -> Page[AlertRow]:
    """Return a page of alerts, the latest first, of the next `among` alerts at most.

    A page with fewer rows than `limit` and a place where the next one begins has looked at so many.
    """
    statement, order = alerts_statement(wanted)
    edge = _edge(session, wanted, order, cursor, among) if any(getattr(wanted, name) for name in _NARROW) else None
    if edge is None:
        return page_of(session, statement, order, cursor, limit)
    bounded = statement.where(order.value >= edge[0], tuple_(order.value, order.id) >= tuple_(*edge))
    page = page_of(session, bounded, order, cursor, limit)
    return page if page.after is not None else Page(page.rows, edge)


def _edge(session: Session, wanted: AlertFilter, order: Order, cursor: Cursor | None, among: int) -> Cursor | None:
    """Return the place of the last alert that is looked at; None where there are fewer."""
    statement = _places(replace(wanted, **dict.fromkeys(_NARROW)), order)
    if cursor is not None:
        statement = statement.where(order.after(cursor))
    found = session.execute(statement.order_by(*order.columns()).offset(among - 1).limit(1)).first()
    return None if found is None else (found[0], found[1])


def _places(wanted: AlertFilter, order: Order) -> Select[Any]:
    """Return the statement of the places in a list: an index alone answers it."""
    if wanted.entity is None:
        listed, order = alerts_statement(wanted)
        return listed.with_only_columns(order.value, order.id)
    statement: Select[Any] = select(order.value, order.id).where(AlertEntity.entity == wanted.entity)
    if wanted.time_from is not None:
        statement = statement.where(order.value >= wanted.time_from)
    return statement if wanted.time_before is None else statement.where(order.value < wanted.time_before)
