"""Order among workers on PostgreSQL: alerts and revisions are written by one at a time.

Else an alert and the incident that holds it, written at the same moment, would not see each other. People's
acts do not wait for it. SQLite has one writer anyway.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_INGEST = 0x72696E68  # a number of PostgreSQL's advisory locks, beside that of the migrations


def alone(session: Session) -> None:
    """Wait until nobody else writes alerts or incidents, and keep others waiting until the commit."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _INGEST})
