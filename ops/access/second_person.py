"""Whether an approver is a second person: no other may have made or changed this login lately.

The audit has it all: who added a user, set the password or raised the role, and when.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.times import DAY_MS, rfc3339
from ops.access.roles import COMMAND_LINE, Role
from ops.cases.errors import Forbidden
from ops.cases.tables.audit import AuditEntry

WAIT_MS = DAY_MS
"""How long a user whom another person changed approves nothing: time to notice that a login is lost."""
_SAID = {
    "user.add": "added you as a user",
    "user.password": "set your password",
    "user.role": "raised your role",
    "user.enable": "let you in again",
}
_PASSWORDS = ("user.add", "user.password")
_RANK = {role.value: rank for rank, role in enumerate(Role.people())}


@dataclass(frozen=True)
class Proposal:
    """Who proposed something, and when, ms since 1970."""

    by: str
    at: int


def refuse_made_up(session: Session, approver: str, proposal: Proposal, now: int) -> None:
    """Raise `Forbidden` for an approver behind whom may be another person.

    Refused is who was added, given a password, raised or let in again by another person within 24 h, or by
    who proposed it since then; and whose password is still the one that the proposer gave. What the command
    line did does not count: a shop's first users are made by it.
    """
    acts = list(_acts_on(session, approver))
    for act in acts:
        if act.actor in (approver, COMMAND_LINE):
            continue
        said = f"{act.actor} {_SAID[act.action]}"
        if act.actor == proposal.by and act.at >= proposal.at:
            raise Forbidden(f"{said} after proposing this: another person approves it")
        if now < act.at + WAIT_MS:
            raise Forbidden(f"{said} less than 24 h ago: another person approves it, or you from {rfc3339(act.at + WAIT_MS)} on")
    password = next((act for act in acts if act.action in _PASSWORDS), None)
    if password is not None and password.actor == proposal.by != approver:
        raise Forbidden(
            f"your password is the one that {proposal.by} gave you, who proposed this: change it, or another person approves it"
        )


def _acts_on(session: Session, name: str) -> Iterator[AuditEntry]:
    """Yield what made a user one who can approve, the newest first."""
    chosen = (AuditEntry.subject == f"user:{name}", AuditEntry.action.in_(_SAID))
    for act in session.scalars(select(AuditEntry).where(*chosen).order_by(AuditEntry.seq.desc())):
        if act.action != "user.role" or _is_raise(act.details):
            yield act


def _is_raise(details: str) -> bool:
    found = json.loads(details)
    return _RANK.get(found["to"], 0) > _RANK.get(found["from"], 0)
