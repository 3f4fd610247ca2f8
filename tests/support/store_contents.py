"""What a store holds of the streams, to compare two stores."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ops.cases.store import Store
from ops.cases.tables import AlertEntity, AlertRow, CaseRow, DecidedEvent, IncidentEntity, IncidentRevision, IncidentRing, IncidentRow

_OF_STREAMS = (AlertEntity, AlertRow, CaseRow, DecidedEvent, IncidentEntity, IncidentRevision, IncidentRing, IncidentRow)


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows that come from streams, by table, in the order of their keys."""
    with store.read() as session:
        return {
            table.__tablename__: sorted((tuple(row) for row in session.execute(select(*table.__table__.columns))), key=repr)
            for table in _OF_STREAMS
        }
