"""The queue of cases: its list, its counts, and one case with its incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, defer

from ops.cases.errors import Invalid, NotFound
from ops.cases.own_changes import changed_last_by
from ops.cases.pages import Cursor, Order, Page, page_of, unindexed
from ops.cases.tables import CaseRow, IncidentRow
from ops.cases.words import CLAIMED, CLOSED, OPEN

ALL, QUEUE = "all", "queue"
STATES = (QUEUE, OPEN, CLAIMED, CLOSED, ALL)
"""What a list can be of; the queue is what is open or claimed."""
_ORDERS: Mapping[str, Order] = {
    "priority": Order(CaseRow.priority, CaseRow.id),
    "due": Order(CaseRow.due_at, CaseRow.id, descending=False),
    "updated": Order(CaseRow.updated_at, CaseRow.id),
}
SORTS = tuple(_ORDERS)
"""What cases can be sorted by: the gravest, the soonest due, the latest changed first."""


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; None: any."""

    state: str = QUEUE
    """One of `STATES`."""
    owner: str | None = None
    kind: str | None = None
    """Of the incident: ring, unconnected or wave."""
    severity_rank: int | None = None
    verdict: str | None = None
    due_before: int | None = None
    due_from: int | None = None
    not_of: str | None = None
    """Whose cases are left out, and those that they changed last."""
    changed_from: int | None = None
    """Last changed at this time or later."""
    text: str | None = None
    """Part of the headline, in any case; or the whole id of case or incident."""


class CaseItem(NamedTuple):
    """A case and its incident; in a list the incident comes without its document."""

    case: CaseRow
    incident: IncidentRow


def cases(
    session: Session, wanted: CaseFilter | None = None, sort: str = "priority", cursor: Cursor | None = None, limit: int = 50
) -> Page[CaseItem]:
    """Return a page of cases. Raises `Invalid` for an unknown state or sort."""
    statement, order = cases_statement(wanted or CaseFilter(), sort)
    page = page_of(session, statement, order, cursor, limit)
    return Page([CaseItem(*row) for row in page.rows], page.after)


def count_cases(session: Session, wanted: CaseFilter | None = None) -> int:
    """Return how many cases a list has; within one `Store.read` it agrees with the list."""
    wanted = wanted or CaseFilter()
    asked: Select[Any] = select(func.count()).select_from(CaseRow).where(*_conditions(wanted))
    return session.scalar(with_incidents(asked) if wanted.text is not None else asked) or 0


def case(session: Session, case_id: str) -> CaseItem:
    """Return a case and its incident, whole. Raises `NotFound`."""
    found = session.get(CaseRow, case_id)
    if found is None:
        raise NotFound(f"there is no case {case_id}")
    return CaseItem(found, session.get_one(IncidentRow, found.incident_id))


def case_of(session: Session, incident_id: str) -> CaseRow | None:
    """Return the case of an incident, None if it has none."""
    return session.scalar(select(CaseRow).where(CaseRow.incident_id == incident_id))


def cases_statement(wanted: CaseFilter, sort: str) -> tuple[Select[Any], Order]:
    """Return the statement of a list of cases, and its order."""
    if sort not in _ORDERS:
        raise Invalid("sort", f"use one of {', '.join(SORTS)}")
    chosen: Any = select(CaseRow, IncidentRow).select_from(CaseRow)
    statement: Any = with_incidents(chosen)
    statement = statement.options(defer(IncidentRow.document, raiseload=True)).where(*_conditions(wanted, sort))
    return statement, _ORDERS[sort]


def _conditions(wanted: CaseFilter, sort: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions: state and owner narrow the order's index, the rest filters what it gives."""
    if wanted.state not in STATES:
        raise Invalid("state", f"use one of {', '.join(STATES)}")
    conditions: list[ColumnElement[bool]] = []
    if wanted.state == CLAIMED and wanted.owner is None:  # few of many that are open
        conditions.append(CaseRow.status == CLAIMED)
    elif wanted.state != ALL:
        conditions.append(CaseRow.in_queue.is_(wanted.state != CLOSED))
        if wanted.state in (OPEN, CLAIMED):
            conditions.append(unindexed(CaseRow.status) == wanted.state)
    if wanted.owner is not None:
        conditions.append((unindexed(CaseRow.owner) if wanted.state == ALL else CaseRow.owner) == wanted.owner)
    for name in ("kind", "severity_rank", "verdict"):
        if getattr(wanted, name) is not None:
            conditions.append(getattr(CaseRow, name) == getattr(wanted, name))
    if wanted.due_before is not None:
        conditions.append((CaseRow.due_at if sort in ("due", "") else unindexed(CaseRow.due_at)) < wanted.due_before)
    if wanted.due_from is not None:
        conditions.append((CaseRow.due_at if sort in ("due", "") else unindexed(CaseRow.due_at)) >= wanted.due_from)
    if wanted.changed_from is not None:
        conditions.append((CaseRow.updated_at if sort in ("updated", "") else unindexed(CaseRow.updated_at)) >= wanted.changed_from)
    if wanted.not_of is not None:
        conditions += [unindexed(CaseRow.owner) != wanted.not_of, ~changed_last_by(wanted.not_of)]
    if wanted.text is not None:
        conditions.append(named(wanted.text))
    return conditions


def named(text: str) -> ColumnElement[bool]:
    """Return the condition that a headline holds a text, or that it is the id of case or incident.

    The statement has incidents joined to its cases: as a subquery PostgreSQL reads the headlines of all.
    """
    found = func.lower(IncidentRow.headline).contains(text.lower(), autoescape=True)
    return or_(found, unindexed(CaseRow.id) == text, unindexed(CaseRow.incident_id) == text)


def with_incidents(statement: Select[Any]) -> Select[Any]:
    """Return a statement of cases with their incidents joined."""
    return statement.join(IncidentRow, IncidentRow.id == CaseRow.incident_id)
