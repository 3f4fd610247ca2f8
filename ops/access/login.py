"""Login by name and password."""

from __future__ import annotations

from sqlalchemy import select

from ops.access.login_limits import count_login, forget_failures
from ops.access.passwords import outdated, password_hash, verified
from ops.access.sessions import NewSession, begin_session, end_session
from ops.access.settings import AccessSettings
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import CaseError
from ops.cases.store import Store
from ops.cases.tables.access import User


class LoginRefused(CaseError):  # noqa: N818 - it is an answer, not a fault
    """A login that is wrong; it does not say what is."""


def log_in(store: Store, settings: AccessSettings, name: str, password: str, address: str, before: str | None, now: int) -> NewSession:
    """Begin a session under a new id; one that the browser had before (its secret) ends.

    Raises `LoginRefused`, `TooManyLogins`.
    """
    count_login(store, name, address, settings, now)
    asked = select(User).where(User.name == name.strip().lower(), User.disabled_at.is_(None))
    with store.read() as session:
        user = session.scalars(asked).one_or_none()
    if not verified(user.password_hash if user else None, password) or user is None:
        raise LoginRefused("name or password is wrong")
    renewed = password_hash(password) if outdated(user.password_hash or "") else user.password_hash
    with store.begin() as session:
        # the password may have been changed while it was verified
        same = session.scalars(asked.where(User.version == user.version)).one_or_none()
        if same is None:
            raise LoginRefused("name or password is wrong")
        same.password_hash = renewed
        forget_failures(session, name, address)
        if before:
            end_session(session, before)
        same.last_login_at = now
        audit(session, Act(now, same.name, "session.begin", f"user:{same.name}", {"way": "password"}))
        return begin_session(session, same, settings, now)


def confirm_password(store: Store, name: str, password: str) -> bool:
    """Return whether this is the password of a user. It does not count as a login."""
    with store.read() as session:
        hashed = session.scalars(select(User.password_hash).where(User.name == name)).one_or_none()
    return verified(hashed, password)
