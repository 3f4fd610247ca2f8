"""Revisions of incidents, into the store: the newest as it is, all of them beside it, the case with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.entities_of import participants_of
from ops.cases.ingest.case_upkeep import keep_cases
from ops.cases.ingest.holders import parts
from ops.cases.ingest.incident_rows import incident_row
from ops.cases.ingest.locks import alone
from ops.cases.ingest.reassigning import reassign
from ops.cases.settings import CaseSettings
from ops.cases.tables import IncidentEntity, IncidentRevision, IncidentRing, IncidentRow
from ops.cases.told import REVISION, Told, tell
from ops.cases.upsert import insert_missing, upsert

_COLUMNS = tuple(name for name in IncidentRow.__table__.columns.keys() if name != "id")  # noqa: SIM118 - no mapping
_Rows = Sequence[tuple[Mapping[str, Any], int]]
"""Columns of revisions, and when each was added to its stream."""


def take_incidents(session: Session, documents: Sequence[tuple[Mapping[str, Any], int]], settings: CaseSettings) -> int:
    """Write revisions in their order; return how many were newer than what was there.

    Beside each document is when it was added to its stream, ms of the wall clock: a replay then gives the
    same times of cases. Raises KeyError or ValueError for a document that is no incident, before anything is
    written.
    """
    rows = [(incident_row(document), at) for document, at in documents]
    alone(session)
    return sum(_take(session, some, settings) for some in _rounds(rows))


def take_incident(session: Session, document: Mapping[str, Any], at: int, settings: CaseSettings) -> bool:
    """Write one revision, as `take_incidents` does; return whether it is newer than what was there."""
    return bool(take_incidents(session, [(document, at)], settings))


def _rounds(rows: _Rows) -> Iterator[_Rows]:
    """Yield the rows in parts that have an incident once at most."""
    some: dict[str, tuple[Mapping[str, Any], int]] = {}
    for row in rows:
        if row[0]["id"] in some:
            yield list(some.values())
            some = {}
        some[row[0]["id"]] = row
    if some:
        yield list(some.values())


def _take(session: Session, rows: _Rows, settings: CaseSettings) -> int:
    known = _revisions(session, [row["id"] for row, _ in rows])
    newer = [(row, at) for row, at in rows if row["revision"] > known.get(row["id"], 0)]
    upsert(session, IncidentRow, [row for row, _ in newer], ("id",), _COLUMNS)
    kept = [
        {"incident_id": row["id"], "revision": row["revision"], "at": row["updated_at"], "document": row["document"]} for row, _ in rows
    ]
    insert_missing(session, IncidentRevision, kept, ("incident_id", "revision"))
    if newer:
        _write_parts(session, newer)
        reassign(session, [row for row, _ in newer])
        keep_cases(session, newer, settings)
        tell(session, [Told(row["id"], REVISION, "", at, f"{row['revision']}") for row, at in newer])
    return len(newer)


def _revisions(session: Session, ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts(ids):
        found |= dict(session.execute(select(IncidentRow.id, IncidentRow.revision).where(IncidentRow.id.in_(part))).all())
    return found


def _write_parts(session: Session, rows: _Rows) -> None:
    rings = [
        {"incident_id": row["id"], "ring": ring["ring"], "first_time": ring["first_time"], "last_time": ring["last_time"]}
        for row, _ in rows
        for ring in row["document"]["rings"]
    ]
    upsert(session, IncidentRing, rings, ("incident_id", "ring"), ("first_time", "last_time"))
    entities = [
        {"entity": name, "incident_id": row["id"], "opened_at": row["opened_at"], "alerts": 0}
        for row, _ in rows
        for name in set(participants_of(row["document"]))
    ]
    upsert(session, IncidentEntity, entities, ("entity", "incident_id"), ("opened_at",))
