"""What an entity did, event by event, whom it shares incidents with, and what is asked of the job of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from domain.control.records import LIST
from domain.decisions.decision import BLOCK
from ops.cases.control_changes import PROPOSED
from ops.cases.ingest.holders import parts
from ops.cases.tables import AlertEntity, AlertRow, ControlChange, IncidentEntity

NEWEST = 1000
"""Alerts that are looked at: an entity of everybody has more than can be read."""
INCIDENTS = 50
"""Incidents whose entities are counted."""
_MOST_PROPOSALS, _RECORDS = 20, 2000


class Flagged(NamedTuple):
    """A flagged event of an entity."""

    time: int
    decision: str
    amount: float | None
    currency: str | None


class Companion(NamedTuple):
    """Another entity of the same incidents."""

    entity: str
    incidents: int
    alerts: int
    """Of these incidents, those that name the other one."""


class Busy(NamedTuple):
    """An entity of many alerts."""

    entity: str
    alerts: int
    blocked: int
    last_time: int


def flagged_events(session: Session, entity: str) -> Sequence[Flagged]:
    """Return the newest 1,000 flagged events of an entity, the latest first."""
    columns = (AlertEntity.time, AlertRow.decision, AlertRow.amount, AlertRow.currency)
    asked = select(*columns).join(AlertRow, AlertRow.id == AlertEntity.alert_id).where(AlertEntity.entity == entity)
    return [Flagged(*row) for row in session.execute(asked.order_by(AlertEntity.time.desc(), AlertEntity.alert_id.desc()).limit(NEWEST))]


def companions(session: Session, entity: str, limit: int = 20) -> Sequence[Companion]:
    """Return the entities that share its newest 50 incidents, those that share most of them first."""
    newest = select(IncidentEntity.incident_id).where(IncidentEntity.entity == entity)
    newest = newest.order_by(IncidentEntity.opened_at.desc(), IncidentEntity.incident_id.desc()).limit(INCIDENTS)
    ids = session.scalars(newest).all()
    count, alerts = func.count(), func.sum(IncidentEntity.alerts)
    asked = select(IncidentEntity.entity, count, alerts).where(IncidentEntity.incident_id.in_(ids), IncidentEntity.entity != entity)
    asked = asked.group_by(IncidentEntity.entity).order_by(count.desc(), alerts.desc(), IncidentEntity.entity).limit(limit)
    return [Companion(name, shared, int(its)) for name, shared, its in session.execute(asked)]


def known_entities(session: Session, names: Sequence[str]) -> list[str]:
    """Return those that the store knows: of an alert, an incident or a record of a list."""
    return [name for name in names if session.scalar(_is_known(name))]


def busiest(session: Session, limit: int = 20) -> Sequence[Busy]:
    """Return the entities of most of the newest 1,000 alerts."""
    newest = select(AlertRow.id, AlertRow.time, AlertRow.decision).order_by(AlertRow.time.desc(), AlertRow.id.desc()).limit(NEWEST)
    its = {id_: (time, decision) for id_, time, decision in session.execute(newest)}
    alerts, blocked, last = Counter[str](), Counter[str](), dict[str, int]()
    for part in parts(list(its)):
        for entity, alert_id in session.execute(select(AlertEntity.entity, AlertEntity.alert_id).where(AlertEntity.alert_id.in_(part))):
            time, decision = its[alert_id]
            alerts[entity] += 1
            blocked[entity] += decision == BLOCK
            last[entity] = max(last.get(entity, time), time)
    ranked = sorted(alerts, key=lambda name: (-alerts[name], name))[:limit]
    return [Busy(name, alerts[name], blocked[name], last[name]) for name in ranked]


def proposals_of_entity(session: Session, entity: str) -> Sequence[ControlChange]:
    """Return what was asked for about an entity and waits for a second person, the latest first."""
    chosen = (ControlChange.kind == LIST, ControlChange.entity == entity, ControlChange.status == PROPOSED)
    return session.scalars(select(ControlChange).where(*chosen).order_by(ControlChange.id.desc()).limit(_MOST_PROPOSALS)).all()


def list_names(session: Session) -> list[str]:
    """Return the lists that the newest 2,000 changes of lists name."""
    newest = select(ControlChange.list_name).where(ControlChange.kind == LIST).order_by(ControlChange.id.desc()).limit(_RECORDS).subquery()
    return sorted(name for name in session.scalars(select(newest.c.list_name).distinct()) if name)


def _is_known(name: str) -> Select[tuple[bool]]:
    return select(
        or_(
            exists().where(AlertEntity.entity == name),
            exists().where(IncidentEntity.entity == name),
            exists().where(ControlChange.entity == name),
        )
    )
