"""Sessions of browsers: a random id in a cookie, of which the store has the hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.times import HOUR_MS, MINUTE_S
from ops.access.roles import Caller, Role
from ops.access.settings import AccessSettings
from ops.cases.store import Store
from ops.cases.tables.access import SessionRow, User

MOST = 20
"""Sessions of one user at once; the one that was not used for longest ends."""
_SEEN_MS = 60_000  # a session's use is written once a minute, not at each request


@dataclass(frozen=True)
class NewSession:
    """A session that has begun, as its browser gets it."""

    secret: str
    """The id in the cookie."""
    user: str
    role: Role
    expires_at: int
    """ms since 1970."""

    @property
    def csrf(self) -> str:
        """What the session's changes carry in `X-CSRF-Token`."""
        return csrf_of(self.secret)


def hash_of(secret: str) -> str:
    """Return what the store keeps of a random secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(secret: str) -> str:
    """Return the CSRF token of a session. It follows from the id, which does not follow from it."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def begin_session(session: Session, user: User, settings: AccessSettings, now: int) -> NewSession:
    """Begin a session of a user under a new id; what has expired goes."""
    secret = secrets.token_urlsafe(32)
    expires_at = now + round(settings.session_h * HOUR_MS)
    session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
    own = select(SessionRow.id_hash).where(SessionRow.user_id == user.id).order_by(SessionRow.last_seen_at.desc(), SessionRow.id_hash)
    surplus = session.scalars(own.offset(MOST - 1)).all()
    session.execute(delete(SessionRow).where(SessionRow.id_hash.in_(surplus)))
    session.add(SessionRow(id_hash=hash_of(secret), user_id=user.id, created_at=now, last_seen_at=now, expires_at=expires_at))
    return NewSession(secret, user.name, Role(user.role), expires_at)


def caller_by_session(store: Store, secret: str, settings: AccessSettings, now: int, is_use: bool = True) -> Caller | None:
    """Return whose session this is, None for one that has ended or never was.

    What is no use of the session does not put off its end.
    """
    idle_ms = round(settings.idle_min * MINUTE_S * 1000)
    with store.read() as session:
        found = session.execute(select(SessionRow, User).join(User).where(SessionRow.id_hash == hash_of(secret))).one_or_none()
    if found is None:
        return None
    row, user = found.SessionRow, found.User
    if now >= row.expires_at or now >= row.last_seen_at + idle_ms or user.disabled_at is not None:
        return None
    if is_use and now >= row.last_seen_at + min(_SEEN_MS, idle_ms // 2):
        with store.begin() as session:
            session.execute(update(SessionRow).where(SessionRow.id_hash == row.id_hash).values(last_seen_at=now))
    return Caller(user.name, Role(user.role), session=row.id_hash, user_id=user.id)


def end_session(session: Session, secret: str) -> None:
    """End a session, if it is one."""
    session.execute(delete(SessionRow).where(SessionRow.id_hash == hash_of(secret)))


def end_sessions_of(session: Session, user_id: int) -> None:
    """End all sessions of a user."""
    session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))
