"""API tokens: one's own, and for admins those of programs; an admin ends anybody's."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from ops.access.roles import Caller, Role
from ops.access.tokens import make_token, revoke_token, valid_tokens
from ops.access.users import user_named
from ops.api.bodies.fields import Request as Body
from ops.api.problems import Problem, answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.cases.tables.access import Token

router = routes_of("tokens")
TokenId = Annotated[int, Path(ge=1, le=2**53, examples=[7])]


class NewTokenAsked(Body):
    """A token to make."""

    name: str = Field(max_length=64, description="what it is for", examples=["checkout-berlin"])
    role: Role = Field(description="at most one's own; checkout, by an admin, for a shop's program", examples=[Role.CHECKOUT])
    days: float | None = Field(None, gt=0, le=36_500, description="its life; null: service.access.token_days", examples=[90])


class TokenShown(BaseModel):
    """A token without its text."""

    id: int = Field(examples=[7])
    name: str = Field(examples=["checkout-berlin"])
    role: Role
    mine: bool
    created_by: str = Field(examples=["anna"])
    created_at: int = Field(description="ms since 1970", examples=[1_790_000_000_000])
    expires_at: int = Field(description="ms since 1970", examples=[1_790_000_000_000])
    last_used_at: int | None = Field(description="ms since 1970, within ten minutes", examples=[1_790_000_000_000])


class TokenMade(BaseModel):
    """A new token. Its text is shown this once."""

    id: int = Field(examples=[7])
    token: str = Field(examples=["rw_..."])
    expires_at: int = Field(description="ms since 1970", examples=[1_790_000_000_000])


@router.get("/v1/tokens", responses=answers(503))
def listed(caller: CallerHere, service: ServiceHere) -> list[TokenShown]:
    """Return the valid tokens: one's own, for an admin all."""
    with service.store.read() as session:
        return [_shown(token, caller) for token in valid_tokens(session, service.clock(), _owner(caller))]


@router.post("/v1/tokens", status_code=201, responses=answers(404, 409, 503))
def made(asked: NewTokenAsked, caller: CallerHere, service: ServiceHere) -> TokenMade:
    """Make a token. One with the role checkout belongs to a program, and an admin makes it."""
    if asked.role == Role.CHECKOUT and caller.role != Role.ADMIN:
        raise Problem(403, "role: only an admin makes a token of the role checkout", "role")
    if asked.role != Role.CHECKOUT and caller.user_id is None:
        raise Problem(409, "role: only a user has tokens of another role than checkout; here nobody has a name", "role")
    with service.store.begin() as session:
        owner = None if asked.role == Role.CHECKOUT else user_named(session, caller.name)
        if owner is not None and asked.role not in at_most(caller.role):
            raise Problem(403, f"role: it is above {caller.role}, with which you call", "role")
        new = make_token(session, asked.name, asked.role, asked.days, owner, caller.name, service.settings.access, service.clock())
    return TokenMade(id=new.id, token=new.text, expires_at=new.expires_at)


@router.delete("/v1/tokens/{token}", status_code=204, responses=answers(404, 503))
def revoked(token: TokenId, caller: CallerHere, service: ServiceHere) -> None:
    """End a token: one's own, for an admin anybody's. Other instances know it within 30 s."""
    with service.store.begin() as session:
        revoke_token(session, token, _owner(caller), caller.name, service.clock())
    service.access.tokens.forget()


def at_most(role: Role) -> tuple[Role, ...]:
    """Return a role of people and those below it."""
    people = Role.people()
    return people[: people.index(role) + 1]


def _owner(caller: Caller) -> int | None:
    """Return whose tokens somebody may see and end: None for all."""
    return None if caller.role == Role.ADMIN else (caller.user_id if caller.user_id is not None else 0)


def _shown(token: Token, caller: Caller) -> TokenShown:
    return TokenShown(
        id=token.id, name=token.name, role=Role(token.role), mine=caller.user_id is not None and token.user_id == caller.user_id,
        created_by=token.created_by, created_at=token.created_at, expires_at=token.expires_at or 0, last_used_at=token.last_used_at,
    )  # fmt: skip
