"""What happened to incidents, written with the act itself, for those who tell people and systems of it.

The store knows no channels. Where nobody asks for it (`Store(tells=False)`), nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.tables import CaseRow, Outgoing
from ops.cases.upsert import insert_missing

REVISION, CLAIMED, ASSIGNED, RELEASED = "revision", "claimed", "assigned", "released"
VERDICT, CLOSED, REOPENED, UNDONE, UNCLAIMED = "verdict", "closed", "reopened", "undone", "unclaimed"
WHATS = (REVISION, CLAIMED, ASSIGNED, RELEASED, VERDICT, CLOSED, REOPENED, UNDONE, UNCLAIMED)
TELLS = "tells"
"""Key of a session's `info`: whether its store tells."""
_TO = "told"


@dataclass(frozen=True)
class Told:
    """One thing that happened to an incident."""

    incident: str
    what: str
    by: str
    """Who did it; empty: the job, or the clock."""
    at: int
    """Wall clock, ms since 1970."""
    number: str
    """What tells it from the same thing at another time: no second one of one number is written."""

    def document(self) -> dict[str, Any]:
        """Return it as the outbox keeps it."""
        return {"incident": self.incident, "what": self.what, "by": self.by, "at": self.at}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Told:
        """Return what a row of the outbox holds."""
        return cls(document["incident"], document["what"], document["by"], document["at"], "")


def tell(session: Session, happened: Iterable[Told]) -> None:
    """Write what happened, if the store tells."""
    if not session.info.get(TELLS):
        return
    rows = [
        {
            "key": f"told:{one.incident}:{one.what}:{one.number}",
            "kind": outbox.TOLD,
            "target": _TO,
            "incident": one.incident,
            "document": one.document(),
            "due_at": one.at,
            "waits_from": one.at,
            "state": outbox.PENDING,
            "attempts": 0,
        }
        for one in happened
    ]
    insert_missing(session, Outgoing, rows, ("key",))


def tell_act(session: Session, case: CaseRow, what: str, by: str, at: int) -> None:
    """Write an act on a case; its version, already counted, tells it from others."""
    tell(session, [Told(case.incident_id, what, by, at, f"{case.version}")])


def is_told(session: Session) -> bool:
    """Return whether anything happened that was not passed on; reads only."""
    waits = select(Outgoing.id).where(Outgoing.kind == outbox.TOLD, Outgoing.state == outbox.PENDING)
    return session.scalar(waits.limit(1)) is not None


def take_told(session: Session, limit: int) -> list[Told]:
    """Return what was not passed on yet, the oldest first, as passed on; locked until the commit."""
    waits = select(Outgoing).where(Outgoing.kind == outbox.TOLD, Outgoing.state == outbox.PENDING)
    rows = session.scalars(waits.order_by(Outgoing.due_at, Outgoing.id).limit(limit).with_for_update(skip_locked=True)).all()
    if rows:
        session.execute(update(Outgoing).where(Outgoing.id.in_([row.id for row in rows])).values(state=outbox.SENT, attempts=1))
    return [Told.of(row.document) for row in rows]
