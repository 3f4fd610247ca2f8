"""What the job says of changes: entries of `control_applied` and of `rejected`, as the worker reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.control.records import KINDS, SWITCH
from domain.control.refused import is_refusal
from ops.cases.applied_record import check_record
from ops.cases.control_changes import APPLIED, OVERTAKEN, REFUSED, SENT, lock, next_version
from ops.cases.tables import ControlChange

_NOT_SAID = "not said"
_LONGEST = 600  # characters of why the job refuses something


def note_applied(session: Session, document: Mapping[str, Any]) -> None:
    """Note an entry of `control_applied`. One that was sent past the service becomes a change, too.

    The same entry again changes nothing. Raises ValueError for a document that is none.
    """
    kind, record_id, record, at = _identity(document)
    lock(session, kind, record_id)
    change = _change_of(session, kind, record_id, document.get("version"), at)
    if change is None:
        version = document.get("version") or next_version(session, kind, record_id)
        change = ControlChange(kind=kind, record_id=record_id, version=version, at=at)
        session.add(change)
    change.state, change.record, change.status, change.applied_at = str(document.get("state") or "active"), record, APPLIED, at
    change.list_name, change.entity = record.get("list"), record.get("entity") or change.entity
    change.by, change.reason, change.why_refused = str(record.get("by") or _NOT_SAID), str(record.get("reason") or _NOT_SAID), None
    session.flush()
    _overtake(session, change)


def note_refused(session: Session, document: Mapping[str, Any]) -> bool:
    """Note an entry of `rejected`; return whether it is of a change that waits for the job.

    Entries of other lines change nothing, as of an event that looks like a change. Who can write to the
    control stream can have a line refused that looks like another's: what the job applied stays applied, and
    what it applies later is no longer refused.
    """
    if not is_refusal(document):
        return False
    found = _shown(document.get("raw"))
    kind, version = found.get("control"), found.get("version")
    record_id = found.get("name" if kind == SWITCH else "id", "")
    if kind not in KINDS or not isinstance(version, int) or isinstance(version, bool) or not isinstance(record_id, str):
        return False
    chosen = (ControlChange.kind == kind, ControlChange.record_id == record_id, ControlChange.version == version)
    change = session.scalars(select(ControlChange).where(*chosen, ControlChange.status == SENT)).first()
    if change is None:
        return False
    change.status, change.why_refused = REFUSED, str(document.get("reason") or _NOT_SAID)[:_LONGEST]
    return True


def _identity(document: Mapping[str, Any]) -> tuple[str, str, dict[str, Any], int]:
    kind, record_id, record, at = (document.get(name) for name in ("control", "id", "record", "at"))
    if kind not in KINDS or not isinstance(record, dict) or not isinstance(at, int):
        raise ValueError("it is no entry of control_applied: control, record and at are wanted")
    check_record(str(kind), str(record_id or ""), document.get("version"), record)
    return str(kind), str(record_id or ""), record, at


def _change_of(session: Session, kind: str, record_id: str, version: object, at: int) -> ControlChange | None:
    chosen = select(ControlChange).where(ControlChange.kind == kind, ControlChange.record_id == record_id)
    if isinstance(version, int):
        return session.scalars(chosen.where(ControlChange.version == version)).first()
    return session.scalars(chosen.where(ControlChange.applied_at == at)).first()


def _overtake(session: Session, change: ControlChange) -> None:
    """Mark what was sent before and can no longer take effect."""
    older = (
        ControlChange.kind == change.kind,
        ControlChange.record_id == change.record_id,
        ControlChange.version < change.version,
        ControlChange.status == SENT,
    )
    session.execute(update(ControlChange).where(*older).values(status=OVERTAKEN))


def _shown(raw: object) -> dict[str, Any]:
    try:
        found = json.loads(raw) if isinstance(raw, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
