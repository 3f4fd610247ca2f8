"""Users: list, add, change. Nobody is deleted: what they did stays theirs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from ops.access.access import has_users
from ops.access.passwords import new_password_hash
from ops.access.roles import Role
from ops.access.users import add_user, checked_name, set_disabled, set_password, set_role, user_named, users
from ops.api.bodies.fields import Request as Body
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.cases.errors import Conflict
from ops.cases.tables.access import User

router = routes_of("users")
UserName = Annotated[str, Path(max_length=64, examples=["anna"])]


class NewUser(Body):
    """Somebody to add."""

    name: str = Field(max_length=64, examples=["anna"])
    role: Role = Field(examples=[Role.ANALYST])
    password: str | None = Field(None, max_length=512, description="null: login by OpenID Connect only", examples=["correct horse battery"])


class UserChange(Body):
    """What becomes another; what is left out stays."""

    role: Role | None = Field(None, examples=[Role.LEAD])
    disabled: bool | None = Field(None, examples=[True])
    password: str | None = Field(None, max_length=512, examples=["correct horse battery"])


class UserShown(BaseModel):
    """A user."""

    name: str = Field(examples=["anna"])
    role: Role
    disabled: bool
    by_openid: bool = Field(description="whether the user comes from the OpenID provider")
    created_at: int = Field(description="ms since 1970", examples=[1_790_000_000_000])
    last_login_at: int | None = Field(description="ms since 1970", examples=[1_790_000_000_000])


@router.get("/v1/users", responses=answers(503))
def listed(service: ServiceHere) -> list[UserShown]:
    """Return all users by name."""
    with service.store.read() as session:
        return [_shown(user) for user in users(session)]


@router.post("/v1/users", status_code=201, responses=answers(409, 503))
def added(new: NewUser, caller: CallerHere, service: ServiceHere) -> UserShown:
    """Add a user. The first one is an admin: from then on nobody calls without a name."""
    hashed = new_password_hash(new.password, checked_name(new.name)) if new.password is not None else None
    with service.store.begin() as session:
        if not has_users(session) and (new.role != Role.ADMIN or hashed is None):
            raise Conflict("the first user must be an admin with a password, or nobody could add others")
        return _shown(add_user(session, new.name, new.role, hashed, caller.name, service.clock()))


@router.patch("/v1/users/{name}", responses=answers(404, 409, 503))
def changed(name: UserName, change: UserChange, caller: CallerHere, service: ServiceHere) -> UserShown:
    """Change role, state or password of a user: all sessions of the user end."""
    hashed = new_password_hash(change.password, name) if change.password is not None else None
    with service.store.begin() as session:
        user, now = user_named(session, name), service.clock()
        if change.role is not None:
            set_role(session, user, change.role, caller.name, now)
        if change.disabled is not None:
            set_disabled(session, user, change.disabled, caller.name, now)
        if hashed is not None:
            set_password(session, user, hashed, caller.name, now)
        shown = _shown(user)
    service.access.tokens.forget()
    return shown


def _shown(user: User) -> UserShown:
    return UserShown(
        name=user.name, role=Role(user.role), disabled=user.disabled_at is not None, by_openid=user.oidc_subject is not None,
        created_at=user.created_at, last_login_at=user.last_login_at,
    )  # fmt: skip
