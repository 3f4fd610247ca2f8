"""One entity: how often it was flagged, its incidents, and what it was seen with. Who looked is audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer

from ops.cases.audit.chain import Act, audit
from ops.cases.ingest.holders import parts
from ops.cases.pages import Cursor, Order, Page, page_of
from ops.cases.tables import AlertEntity, AlertRow, IncidentEntity, IncidentRow

_NEWEST = 1000
"""Alerts that decisions and links are counted over: an entity of everybody has more than can be read."""


@dataclass(frozen=True)
class Seen:
    """What the store knows of an entity."""

    entity: str
    alerts: int
    first_time: int | None
    """Event time of its first alert, ms since 1970; None without alerts."""
    last_time: int | None
    incidents: int
    decisions: dict[str, int]
    """Decision -> alerts, among the newest 1,000."""


class Link(NamedTuple):
    """Another entity of the same alerts."""

    entity: str
    alerts: int


class EntityIncident(NamedTuple):
    """An incident of an entity, without its document, and in how many of its alerts the entity is."""

    incident: IncidentRow
    alerts: int


def note_look_up(session: Session, entity: str, *, by: str, now: int, is_raw: bool, reason: str | None = None) -> None:
    """Audit that somebody looked at an entity. The raw value was hashed before and is nowhere; the pseudonym
    is beside the chain.
    """
    private = {} if reason is None else {"reason": reason}
    audit(session, Act(now, by, "entity.look_up", f"entity:{entity.partition(':')[0]}", {"raw": is_raw}, private, entity))


def entity_seen(session: Session, entity: str) -> Seen:
    """Return what is known of an entity, `device:9c41...`; of an unknown one zeros."""
    its = AlertEntity.entity == entity
    count = session.scalar(select(func.count()).select_from(AlertEntity).where(its)) or 0
    first = session.scalar(select(AlertEntity.time).where(its).order_by(AlertEntity.time).limit(1))
    last = session.scalar(select(AlertEntity.time).where(its).order_by(AlertEntity.time.desc()).limit(1))
    incidents = session.scalar(select(func.count()).select_from(IncidentEntity).where(IncidentEntity.entity == entity)) or 0
    found: Counter[str] = Counter()
    for part in parts(_newest(session, entity)):
        found.update(session.scalars(select(AlertRow.decision).where(AlertRow.id.in_(part))))
    return Seen(entity, count, first, last, incidents, dict(found))


def incidents_of_entity(session: Session, entity: str, cursor: Cursor | None = None, limit: int = 50) -> Page[EntityIncident]:
    """Return a page of the incidents of an entity, the last begun first."""
    page = page_of(session, *incidents_of_entity_statement(entity), cursor, limit)
    return Page([EntityIncident(*row) for row in page.rows], page.after)


def incidents_of_entity_statement(entity: str) -> tuple[Select[Any], Order]:
    """Return the statement of the list of an entity's incidents, and its order."""
    statement: Any = select(IncidentRow, IncidentEntity.alerts).join(IncidentEntity, IncidentEntity.incident_id == IncidentRow.id)
    statement = statement.options(defer(IncidentRow.document, raiseload=True)).where(IncidentEntity.entity == entity)
    return statement, Order(IncidentEntity.opened_at, IncidentEntity.incident_id)


def links(session: Session, entity: str, limit: int = 50) -> Sequence[Link]:
    """Return what the entity was seen with, in most of its newest 1,000 alerts first."""
    found: Counter[str] = Counter()
    for part in parts(_newest(session, entity)):
        found.update(session.scalars(select(AlertEntity.entity).where(AlertEntity.alert_id.in_(part))))
    del found[entity]
    return [Link(*one) for one in sorted(found.items(), key=lambda one: (-one[1], one[0]))[:limit]]


def _newest(session: Session, entity: str) -> Sequence[str]:
    statement = select(AlertEntity.alert_id).where(AlertEntity.entity == entity)
    return session.scalars(statement.order_by(AlertEntity.time.desc(), AlertEntity.alert_id.desc()).limit(_NEWEST)).all()
