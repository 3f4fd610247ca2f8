"""Lists of incidents, and one incident whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from ops.cases.errors import Invalid, NotFound
from ops.cases.pages import Cursor, Order, Page, page_of, unindexed
from ops.cases.tables import CaseRow, IncidentEntity, IncidentRevision, IncidentRing, IncidentRow
from ops.cases.words import CLAIMED

_SORTED_BY: Mapping[str, InstrumentedAttribute[Any]] = {
    "updated": IncidentRow.updated_at,
    "opened": IncidentRow.opened_at,
    "money": IncidentRow.money,
    "severity": IncidentRow.severity_rank,
    "score": IncidentRow.score_max,
    "alerts": IncidentRow.alerts,
}
SORTS = tuple(_SORTED_BY)
"""What `incidents` can be sorted by, the largest first."""
_NARROW_FIRST = ("pattern", "severity_rank", "action", "status", "kind")
"""Of which there are indexes in the order of `updated`; what is likely to narrow most comes first."""


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents; None: any."""

    kind: str | None = None
    status: str | None = None
    """The job's word: opened, grown or closed."""
    severity_rank: int | None = None
    """0 for low to 3 for critical."""
    action: str | None = None
    pattern: str | None = None
    opened_from: int | None = None
    """Event time of the first alert, ms since 1970."""
    opened_before: int | None = None
    text: str | None = None
    """Part of the headline, in any case; or the whole id."""
    owner: str | None = None
    """Who has the case."""
    case: str | None = None
    """Status of the case."""


def incidents(
    session: Session, wanted: IncidentFilter | None = None, sort: str = "updated", cursor: Cursor | None = None, limit: int = 50
) -> Page[IncidentRow]:
    """Return a page of incidents, without their documents. Raises `Invalid` for an unknown sort."""
    statement, order = incidents_statement(wanted or IncidentFilter(), sort)
    return page_of(session, statement, order, cursor, limit)


def incident(session: Session, incident_id: str) -> IncidentRow:
    """Return an incident with its document, the newest revision. Raises `NotFound`."""
    found = session.get(IncidentRow, incident_id)
    if found is None:
        raise NotFound(f"there is no incident {incident_id}")
    return found


def revisions(session: Session, incident_id: str, cursor: Cursor | None = None, limit: int = 50) -> Page[IncidentRevision]:
    """Return a page of an incident's revisions, whole, the oldest first."""
    statement = select(IncidentRevision).where(IncidentRevision.incident_id == incident_id)
    order = Order(IncidentRevision.revision, IncidentRevision.incident_id, descending=False)
    return page_of(session, statement, order, cursor, limit)


def revision(session: Session, incident_id: str, number: int) -> IncidentRevision:
    """Return one revision. Raises `NotFound`."""
    found = session.get(IncidentRevision, (incident_id, number))
    if found is None:
        raise NotFound(f"there is no revision {number} of an incident {incident_id}")
    return found


def goes_on_as(session: Session, row: IncidentRow) -> str | None:
    """Return the incident that takes later alerts of an incident's ring, None if it was not merged."""
    if row.merged_into is None:
        return None
    later = (
        select(IncidentRow.id)
        .join(IncidentRing, IncidentRing.incident_id == IncidentRow.id)
        .where(IncidentRow.ring == row.merged_into, IncidentRow.id != row.id, IncidentRing.last_time >= row.opened_at)
        .order_by(IncidentRow.opened_at, IncidentRow.id)
        .limit(1)
    )
    return session.scalar(later)


def entities_of(session: Session, incident_id: str, limit: int = 500) -> Sequence[IncidentEntity]:
    """Return the entities of an incident, those in most of its alerts first."""
    statement = select(IncidentEntity).where(IncidentEntity.incident_id == incident_id)
    return session.scalars(statement.order_by(IncidentEntity.alerts.desc(), IncidentEntity.entity.desc()).limit(limit)).all()


def incidents_statement(wanted: IncidentFilter, sort: str) -> tuple[Select[Any], Order]:
    """Return the statement of a list of incidents, and its order."""
    if sort not in _SORTED_BY:
        raise Invalid("sort", f"use one of {', '.join(SORTS)}")
    statement = select(IncidentRow).options(defer(IncidentRow.document, raiseload=True))
    given = {name: getattr(wanted, name) for name in _NARROW_FIRST if getattr(wanted, name) is not None}
    first = next((name for name in _NARROW_FIRST if name in given), None) if sort == "updated" else None
    for name, value in given.items():
        column = getattr(IncidentRow, name)
        statement = statement.where((column if name == first else unindexed(column)) == value)
    opened = IncidentRow.opened_at if sort == "opened" else unindexed(IncidentRow.opened_at)
    if wanted.opened_from is not None:
        statement = statement.where(opened >= wanted.opened_from)
    if wanted.opened_before is not None:
        statement = statement.where(opened < wanted.opened_before)
    return _narrowed(statement, wanted), Order(_SORTED_BY[sort], IncidentRow.id)


def _narrowed(statement: Select[Any], wanted: IncidentFilter) -> Select[Any]:
    """Return the statement with the filters of other columns than the list's own.

    Few incidents have one owner or are claimed: these are found by the case and sorted. Else rows are read in
    the list's order.
    """
    if wanted.text is not None:
        found = func.lower(IncidentRow.headline).contains(wanted.text.lower(), autoescape=True)
        statement = statement.where(or_(found, unindexed(IncidentRow.id) == wanted.text))
    if wanted.owner is not None or wanted.case is not None:
        statement = statement.join(CaseRow, CaseRow.incident_id == IncidentRow.id)
    if wanted.owner is not None:
        statement = statement.where(CaseRow.owner == wanted.owner)
    if wanted.case is not None:
        is_few = wanted.owner is None and wanted.case == CLAIMED
        statement = statement.where((CaseRow.status if is_few else unindexed(CaseRow.status)) == wanted.case)
    return statement
