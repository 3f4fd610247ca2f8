"""What a role may do, in words, read from the table of rights."""

from __future__ import annotations

from dataclasses import dataclass

from ops.access.roles import Role
from ops.api.rights import RIGHTS

_WORDS = (
    ("See incidents, alerts, entities, rules and lists", ("GET", "/v1/incidents")),
    ("Claim cases, comment, give verdicts and take your own back", ("POST", "/v1/cases/{case_id}/verdict")),
    ("Look an entity up by its raw value", ("POST", "/v1/entities/look-up")),
    ("Assign cases, act on many at once, take others' verdicts back", ("POST", "/v1/cases/bulk")),
    ("Change rules, lists and switches; approve what another person proposed", ("PUT", "/v1/rules/{rule_id}")),
    ("Switch models, add users, read the audit", ("GET", "/v1/audit")),
)


@dataclass(frozen=True)
class Ability:
    """Something that a role may or may not do."""

    text: str
    has: bool


def abilities(role: Role) -> list[Ability]:
    """Return what a role may do and what it may not."""
    return [Ability(text, role in RIGHTS[route]) for text, route in _WORDS]
