"""Users and tokens as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ops.access.tokens import valid_tokens
from ops.access.users import users


def user_lines(session: Session) -> Iterator[str]:
    """Yield a heading and a line for each user."""
    yield f"{'user':<32} {'role':<9} {'last login':<17} state"
    for user in users(session):
        ways = "by OpenID Connect" if user.password_hash is None else "by password"
        yield f"{user.name:<32} {user.role:<9} {_day(user.last_login_at):<17} {'disabled' if user.disabled_at else ways}"


def token_lines(session: Session, now: int) -> Iterator[str]:
    """Yield a heading and a line for each valid token, nothing where there is none."""
    names = {user.id: user.name for user in users(session)}
    tokens = valid_tokens(session, now)
    if tokens:
        yield f"\n{'token':<7} {'name':<24} {'role':<9} {'last use':<17} {'until':<17} of"
    for one in tokens:
        owner = names.get(one.user_id or 0, "a program")
        yield f"{one.id:<7} {one.name:<24} {one.role:<9} {_day(one.last_used_at):<17} {_day(one.expires_at):<17} {owner}"


def _day(moment: int | None) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d %H:%M}Z" if moment else "never"
