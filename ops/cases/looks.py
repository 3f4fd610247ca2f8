"""When somebody last looked at the queue: what has changed since is new to them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ops.cases.store import Store
from ops.cases.tables import Look
from ops.cases.upsert import upsert

AWAY_MS = 30 * 60_000
"""Who looks again after so long was away: what changed meanwhile is new."""
_NOTED_MS = 60_000  # a look is written once a minute


def look(store: Store, name: str, now: int) -> int:
    """Note that somebody looks at the queue; return from when on changes are new to them."""
    with store.read() as session:
        found = session.get(Look, name)
    if found is not None and now < found.looked_at + _NOTED_MS:
        return found.since
    since = now if found is None else found.looked_at if now >= found.looked_at + AWAY_MS else found.since
    _note(store, name, since, now)
    return since


def mark_seen(store: Store, name: str, now: int) -> None:
    """Note that somebody has seen all changes until now."""
    _note(store, name, now, now)


def _note(store: Store, name: str, since: int, now: int) -> None:
    with store.begin() as session:
        _put(session, name, since, now)


def _put(session: Session, name: str, since: int, now: int) -> None:
    upsert(session, Look, [{"name": name, "since": since, "looked_at": now}], ("name",), ("since", "looked_at"))
