"""API tokens: random, shown once, of which the store has the hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.times import DAY_MS
from ops.access.roles import Caller, Role
from ops.access.sessions import hash_of
from ops.access.settings import AccessSettings
from ops.access.users import checked_name
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.store import Store
from ops.cases.tables.access import Token, User

PREFIX = "rw_"
"""How every token begins, so that a search for leaked secrets finds it."""
MOST = 100
"""Valid tokens of one user."""
_USED_MS = 600_000  # the use of a token is written every ten minutes, not at each request
_RANK = {role: rank for rank, role in enumerate(Role.people())}


@dataclass(frozen=True)
class NewToken:
    """A token that was made: its text is shown once."""

    text: str
    id: int
    name: str
    role: Role
    expires_at: int


def make_token(session: Session, name: str, role: str, days: float | None, owner: User | None, by: str, settings: AccessSettings,
               now: int) -> NewToken:  # fmt: skip
    """Make a token of a user, or of a program if `owner` is None; its role is at most its owner's."""
    name, role = checked_name(name), _checked_role(role, owner)
    if days is not None and not 0 < days <= settings.token_days:
        raise Invalid("days", f"more than 0 and at most {settings.token_days:g} (service.access.token_days) are wanted")
    if owner is not None and sum(token.user_id == owner.id for token in valid_tokens(session, now)) >= MOST:
        raise Conflict(f"{MOST} tokens of this user are valid: revoke one first")
    text = PREFIX + secrets.token_urlsafe(32)
    expires_at = now + round((settings.token_days if days is None else days) * DAY_MS)
    row = Token(name=name, hash=hash_of(text), role=role, user_id=owner.id if owner else None, created_by=by, created_at=now,
                expires_at=expires_at)  # fmt: skip
    session.add(row)
    session.flush()
    audit(session, Act(now, by, "token.add", f"token:{row.id}", {"name": name, "role": role, "expires_at": expires_at}))
    return NewToken(text, row.id, name, Role(role), expires_at)


def _checked_role(role: str, owner: User | None) -> Role:
    if role not in list(Role):
        raise Invalid("role", f"one of {', '.join(Role)} is wanted")
    if owner is not None and (role == Role.CHECKOUT or _RANK[Role(role)] > _RANK[Role(owner.role)]):
        raise Invalid("role", f"a token of {owner.name} has at most the role {owner.role}; checkout is for programs")
    return Role(role)


def valid_tokens(session: Session, now: int, owner: int | None = None) -> Sequence[Token]:
    """Return the tokens that can be used, of one user or of all, oldest first."""
    asked = select(Token).where(Token.revoked_at.is_(None), Token.expires_at > now).order_by(Token.id)
    return session.scalars(asked if owner is None else asked.where(Token.user_id == owner)).all()


def revoke_token(session: Session, token_id: int, owner: int | None, by: str, now: int) -> None:
    """End a token; raise `NotFound` for one that is not there, or not of this owner (None: of anybody)."""
    token = session.get(Token, token_id)
    if token is None or token.revoked_at is not None or (owner is not None and token.user_id != owner):
        raise NotFound("there is no such token")
    token.revoked_at = now
    audit(session, Act(now, by, "token.revoke", f"token:{token_id}"))


def caller_by_token(store: Store, text: str, now: int) -> Caller | None:
    """Return whose token this is, None for one that is not valid. Its role is never above its owner's."""
    with store.read() as session:
        asked = select(Token, User).outerjoin(User).where(Token.hash == hash_of(text))
        found = session.execute(asked).one_or_none()
    if found is None:
        return None
    token, owner = found.Token, found.User
    if token.revoked_at is not None or now >= (token.expires_at or 0) or (owner is not None and owner.disabled_at is not None):
        return None
    _note_use(store, token, now)
    if owner is None:
        return Caller(token.name, Role(token.role), token=token.id)
    return Caller(owner.name, min(Role(token.role), Role(owner.role), key=_RANK.__getitem__), token=token.id, user_id=owner.id)


def _note_use(store: Store, token: Token, now: int) -> None:
    if token.last_used_at is None or now >= token.last_used_at + _USED_MS:
        with store.begin() as session:
            session.execute(update(Token).where(Token.id == token.id).values(last_used_at=now))
