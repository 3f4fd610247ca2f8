"""Order among workers on PostgreSQL: alerts may come in side by side, an incident's revision alone.

Else an alert and the incident that holds it, written at the same moment, would not see each other. SQLite has
one writer anyway.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_INGEST = 0x72696E68  # a number of PostgreSQL's advisory locks, beside that of the migrations


def beside_others(session: Session) -> None:
    """Wait until nobody writes incidents, and keep them waiting until the commit."""
    _lock(session, "pg_advisory_xact_lock_shared")


def alone(session: Session) -> None:
    """Wait until nobody writes alerts or incidents, and keep them waiting until the commit."""
    _lock(session, "pg_advisory_xact_lock")


def _lock(session: Session, function: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {function}(:lock)"), {"lock": _INGEST})
