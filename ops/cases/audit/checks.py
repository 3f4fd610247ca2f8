"""Checks of the chain: each is an act in the chain itself, with what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.audit.entries import AuditFilter, entries
from ops.cases.audit.verify import Verified

CHECK = "audit.check"


@dataclass(frozen=True)
class Check:
    """What a check found, and who asked for it."""

    at: int
    by: str
    seq: int
    """The last entry that was checked."""
    head: str
    problems: Sequence[str]
    erased: int


def note_check(session: Session, found: Verified, *, by: str, now: int) -> None:
    """Note a check in the chain: its problems name numbers of entries, nothing that may have to be erased."""
    details = {"seq": found.head.seq, "head": str(found.head), "problems": found.problems, "erased": found.erased}
    audit(session, Act(now, by, CHECK, "audit", details))


def last_check(session: Session) -> Check | None:
    """Return the last check, None before the first one."""
    rows = entries(session, AuditFilter(action=CHECK), None, 1).rows
    if not rows:
        return None
    entry, details = rows[0].entry, json.loads(rows[0].entry.details)
    return Check(entry.at, entry.actor, details["seq"], details["head"], details["problems"], details["erased"])
