"""Roles, and who calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

COMMAND_LINE = "command line"
"""Who acts by `ringwatch users`: no user has this name. Whoever calls it beside the store has the store."""


class Role(StrEnum):
    """What somebody may do. Those of people include each other in this order; `checkout` is apart."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    LEAD = "lead"
    ADMIN = "admin"
    CHECKOUT = "checkout"
    """A shop's program: it scores, sends events and labels, and reads nothing."""

    @classmethod
    def people(cls) -> tuple[Role, ...]:
        """Return the roles that people may have, lowest first."""
        return (cls.VIEWER, cls.ANALYST, cls.LEAD, cls.ADMIN)


def at_least(role: Role) -> frozenset[Role]:
    """Return a role of people and those above it."""
    people = Role.people()
    return frozenset(people[people.index(role) :])


@dataclass(frozen=True)
class Caller:
    """Who calls: a person by session, a person or program by token, or whoever is on this machine."""

    name: str
    role: Role
    token: int | None = None
    """Id of the token, None for another way."""
    session: str | None = None
    """Id of the session as the store has it, None for another way."""
    user_id: int | None = None


LOCAL = Caller("local", Role.ADMIN)
"""Whoever calls a service without users: it listens on loopback only."""
