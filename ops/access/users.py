"""Users: add, list, and change. A change of password, role or state ends the user's sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.access.roles import Role
from ops.access.sessions import end_sessions_of
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.tables.access import User

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}", re.ASCII)
_TAKEN = ("local", "system", "ringwatch")


def checked_name(name: str) -> str:
    """Return a name in small letters; raise `Invalid` for one that could be read as another."""
    small = name.strip().lower()
    if not _NAME.fullmatch(small) or small in _TAKEN:
        raise Invalid("name", "1 to 64 of a-z, 0-9 and . _ @ + - are wanted, a letter or digit first, and not local or system")
    return small


def checked_role(role: str) -> Role:
    """Return a role of people; raise `Invalid` for another word."""
    if role not in [one.value for one in Role.people()]:
        raise Invalid("role", f"one of {', '.join(Role.people())} is wanted")
    return Role(role)


def users(session: Session) -> Sequence[User]:
    """Return all users by name."""
    return session.scalars(select(User).order_by(User.name)).all()


def user_named(session: Session, name: str) -> User:
    """Return a user; raise `NotFound`."""
    user = session.scalars(select(User).where(User.name == name.strip().lower())).one_or_none()
    if user is None:
        raise NotFound("there is no user of this name")
    return user


def add_user(session: Session, name: str, role: str, hashed: str | None, by: str, now: int) -> User:
    """Add a user with the hash of a password; raise `Conflict` if the name is taken.

    Without one login is by OpenID Connect only.
    """
    name, role = checked_name(name), checked_role(role)
    if session.scalars(select(User.id).where(User.name == name)).first() is not None:
        raise Conflict("a user of this name exists")
    user = User(name=name, role=role, password_hash=hashed, created_at=now, version=1)
    session.add(user)
    audit(session, Act(now, by, "user.add", f"user:{name}", {"role": role}))
    return user


def set_password(session: Session, user: User, hashed: str, by: str, now: int) -> None:
    """Give a user another password, of which this is the hash, and end all sessions."""
    user.password_hash = hashed
    _changed(session, user, Act(now, by, "user.password", f"user:{user.name}"))


def set_role(session: Session, user: User, role: str, by: str, now: int) -> None:
    """Give a user another role and end all sessions; raise `Conflict` for the last admin."""
    new = checked_role(role)
    if user.role == new:
        return
    _keep_an_admin(session, user)
    act = Act(now, by, "user.role", f"user:{user.name}", {"from": user.role, "to": new})
    user.role = new
    _changed(session, user, act)


def set_disabled(session: Session, user: User, disabled: bool, by: str, now: int) -> None:
    """Shut a user out, sessions and tokens included, or let them in again.

    Raises `Conflict` for the last admin.
    """
    if (user.disabled_at is not None) == disabled:
        return
    if disabled:
        _keep_an_admin(session, user)
    user.disabled_at = now if disabled else None
    _changed(session, user, Act(now, by, "user.disable" if disabled else "user.enable", f"user:{user.name}"))


def _keep_an_admin(session: Session, user: User) -> None:
    """Raise `Conflict` if without this user nobody could change users."""
    if user.role != Role.ADMIN or user.disabled_at is not None:
        return
    others = select(func.count()).where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.id != user.id)
    if not session.scalar(others):
        raise Conflict("this is the last admin: make another one first")


def _changed(session: Session, user: User, act: Act) -> None:
    user.version += 1
    end_sessions_of(session, user.id)
    audit(session, act)
