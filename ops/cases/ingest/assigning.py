"""Alerts given to another incident than before, and how many alerts of an incident name each entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import TableClause, bindparam, select, update
from sqlalchemy.orm import Session

from ops.cases.ingest.holders import Loose, holders, parts
from ops.cases.tables import AlertEntity, AlertRow, IncidentEntity, IncidentRow
from ops.cases.upsert import upsert

_ALERTS = cast("TableClause", AlertRow.__table__)
_GIVE = update(_ALERTS).where(_ALERTS.c.id == bindparam("of_id")).values(incident_id=bindparam("to_id"), is_loose=bindparam("loose"))


def assign(session: Session, alerts: Mapping[Loose, tuple[str | None, bool]]) -> None:
    """Give each alert to the incident that holds it; `alerts` says which incident has it now, and whether it
    is loose.
    """
    of = holders(session, list(alerts))
    moved = {alert: (now, then) for alert, now in alerts.items() if (then := of.of(alert)) != now}
    if not moved:
        return
    changes = [{"of_id": alert.id, "to_id": then[0], "loose": then[1]} for alert, (_, then) in moved.items()]
    session.connection().execute(_GIVE, sorted(changes, key=lambda change: str(change["of_id"])))
    _recount(session, {alert.id: (now[0], then[0]) for alert, (now, then) in moved.items() if now[0] != then[0]})


def count_entities(session: Session, more: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of alerts by entity and incident."""
    if not any(more.values()):
        return
    opened = _opened(session, {incident for _, incident in more})
    rows = [
        {"entity": entity, "incident_id": incident, "opened_at": opened[incident], "alerts": count}
        for (entity, incident), count in more.items()
        if count
    ]
    upsert(session, IncidentEntity, rows, ("entity", "incident_id"), _added)


def _added(new: Any) -> dict[str, Any]:
    return {"alerts": IncidentEntity.__table__.c.alerts + new.alerts}


def _recount(session: Session, moved: Mapping[str, tuple[str | None, str | None]]) -> None:
    more: Counter[tuple[str, str]] = Counter()
    for part in parts(moved):
        for entity, alert in session.execute(select(AlertEntity.entity, AlertEntity.alert_id).where(AlertEntity.alert_id.in_(part))):
            before, after = moved[alert]
            if before is not None:
                more[entity, before] -= 1
            if after is not None:
                more[entity, after] += 1
    count_entities(session, more)


def _opened(session: Session, incidents: Sequence[str] | set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts(incidents):
        found |= dict(session.execute(select(IncidentRow.id, IncidentRow.opened_at).where(IncidentRow.id.in_(part))).all())
    return found
