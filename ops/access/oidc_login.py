"""Who came from an OpenID provider as a user of ours: made at the first login, the role by claims at each."""

from __future__ import annotations

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.access.login import LoginRefused
from ops.access.oidc import Identity
from ops.access.roles import Role
from ops.access.sessions import NewSession, begin_session, end_session, end_sessions_of
from ops.access.settings import AccessSettings
from ops.access.users import checked_name
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Invalid
from ops.cases.store import Store
from ops.cases.tables.access import User


def log_in_as(store: Store, settings: AccessSettings, identity: Identity, before: str | None, now: int) -> NewSession:
    """Begin a session of the user that this identity is; one that the browser had before ends.

    Raises `LoginRefused` for somebody without a role, and for a disabled user.
    """
    role = role_of(identity, settings)
    new, refused = None, ""
    with store.begin() as session:
        user = session.scalars(select(User).where(User.oidc_subject == identity.subject)).one_or_none()
        if role is None:
            refused = "the OpenID provider gives you no role here: ask for one that service.access.oidc.roles names"
            if user is not None:  # who lost every role at the provider is out here, too
                end_sessions_of(session, user.id)
        elif user is not None and user.disabled_at is not None:
            refused = "this user is disabled"
        else:
            user = user or _made(session, identity, role, now)
            _give(session, user, role, now)
            if before:
                end_session(session, before)
            user.last_login_at = now
            audit(session, Act(now, user.name, "session.begin", f"user:{user.name}", {"way": "oidc"}))
            session.flush()
            new = begin_session(session, user, settings, now)
    if new is None:
        raise LoginRefused(refused)
    return new


def role_of(identity: Identity, settings: AccessSettings) -> Role | None:
    """Return the highest role that the claim's values give, None for none."""
    given = {settings.oidc.roles[value] for value in identity.values if value in settings.oidc.roles}
    return next((role for role in reversed(Role.people()) if role in given), None)


def _made(session: Session, identity: Identity, role: Role, now: int) -> User:
    """Return a new user without a password. A name that is taken stays its owner's: this one gets a mark."""
    mark = hashlib.sha256(identity.subject.encode()).hexdigest()[:8]
    try:
        name = checked_name(identity.name)
    except Invalid:
        name = f"user-{mark}"
    if session.scalars(select(User.id).where(User.name == name)).first() is not None:
        name = f"{name[:55]}-{mark}"
    user = User(name=name, role=role, oidc_subject=identity.subject, created_at=now, version=1)
    session.add(user)
    audit(session, Act(now, name, "user.add", f"user:{name}", {"role": role, "way": "oidc"}))
    return user


def _give(session: Session, user: User, role: Role, now: int) -> None:
    """Give a user the role of today's claims; another one than before ends the user's sessions."""
    if user.role != role:
        audit(session, Act(now, user.name, "user.role", f"user:{user.name}", {"from": user.role, "to": role, "way": "oidc"}))
        user.role, user.version = role, user.version + 1
        end_sessions_of(session, user.id)
