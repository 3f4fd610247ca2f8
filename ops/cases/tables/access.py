"""Users, their sessions and tokens, and failed log-ins."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ops.cases.tables.columns import Moment, Number, Table

_ROLES = "'viewer', 'analyst', 'lead', 'admin'"


class User(Table):
    """Somebody who may log in."""

    __tablename__ = "users"
    id: Mapped[Number]
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str | None]
    """argon2id; None for somebody who logs in by OIDC only."""
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    """Issuer and subject."""
    created_at: Mapped[Moment]
    disabled_at: Mapped[Moment | None]
    last_login_at: Mapped[Moment | None]
    version: Mapped[int]
    """Counts changes of role, password and state."""

    __table_args__ = (CheckConstraint(f"role IN ({_ROLES})", name="role"),)


class SessionRow(Table):
    """A session of a browser."""

    __tablename__ = "sessions"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class Token(Table):
    """An API token, stored as its hash."""

    __tablename__ = "tokens"
    id: Mapped[Number]
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Whose token it is; None for one of a program."""
    created_by: Mapped[str]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]

    __table_args__ = (CheckConstraint(f"role IN ({_ROLES}, 'checkout')", name="role"), Index(None, "user_id"))


class Login(Table):
    """Failed log-ins of a name or of an address."""

    __tablename__ = "logins"
    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]

    __table_args__ = (Index(None, "last_at"),)
