"""Lists of alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ops.cases.errors import NotFound
from ops.cases.pages import Cursor, Order, Page, page_of, unindexed
from ops.cases.tables import AlertEntity, AlertRow


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts; None: any."""

    incident: str | None = None
    entity: str | None = None
    """As `device:9c41...`."""
    decision: str | None = None
    severity: str | None = None
    event_type: str | None = None
    time_from: int | None = None
    """Event time, ms since 1970."""
    time_before: int | None = None


def alerts(session: Session, wanted: AlertFilter | None = None, cursor: Cursor | None = None, limit: int = 50) -> Page[AlertRow]:
    """Return a page of alerts, the latest first."""
    statement, order = alerts_statement(wanted or AlertFilter())
    return page_of(session, statement, order, cursor, limit)


def alert(session: Session, alert_id: str) -> AlertRow:
    """Return an alert. Raises `NotFound`."""
    found = session.get(AlertRow, alert_id)
    if found is None:
        raise NotFound(f"there is no alert {alert_id}")
    return found


def alerts_of_event(session: Session, event_id: str) -> Sequence[AlertRow]:
    """Return the alerts of an event id, one for each account that used it."""
    return session.scalars(select(AlertRow).where(AlertRow.event_id == event_id).limit(100)).all()


def chosen_alerts(session: Session, incident_id: str, alert_ids: Sequence[str] | None) -> Mapping[str, AlertRow]:
    """Return the alerts of an incident by id: all, or those of the ids. Raises `NotFound` for one of another
    incident.
    """
    statement = select(AlertRow).where(AlertRow.incident_id == incident_id).order_by(AlertRow.id)
    if alert_ids is None:
        return {row.id: row for row in session.scalars(statement)}
    found: dict[str, AlertRow] = {}
    for start in range(0, len(alert_ids), 500):
        part = alert_ids[start : start + 500]
        found |= {row.id: row for row in session.scalars(statement.where(AlertRow.id.in_(part)))}
    if missing := sorted(set(alert_ids) - set(found)):
        raise NotFound(f"incident {incident_id} has no alert {missing[0]}")
    return found


def alerts_statement(wanted: AlertFilter) -> tuple[Select[Any], Order]:
    """Return the statement of a list of alerts, and its order."""
    statement, order = select(AlertRow), Order(AlertRow.time, AlertRow.id)
    if wanted.entity is not None:
        statement = statement.join(AlertEntity, AlertEntity.alert_id == AlertRow.id).where(AlertEntity.entity == wanted.entity)
        order = Order(AlertEntity.time, AlertEntity.alert_id)
    if wanted.incident is not None:
        column = AlertRow.incident_id if wanted.entity is None else unindexed(AlertRow.incident_id)
        statement = statement.where(column == wanted.incident)
    for name in ("decision", "severity", "event_type"):
        if getattr(wanted, name) is not None:
            statement = statement.where(getattr(AlertRow, name) == getattr(wanted, name))
    if wanted.time_from is not None:
        statement = statement.where(order.value >= wanted.time_from)
    if wanted.time_before is not None:
        statement = statement.where(order.value < wanted.time_before)
    return statement, order
