"""Changes of rules, lists and switches as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.effects import SWITCHES
from ops.access.roles import LOCAL, Caller
from ops.api.rights import LEAD
from ops.api.shown import change_bodies
from ops.cases.control_changes import PROPOSED, switch_position
from ops.cases.control_lists import changes
from ops.cases.tables import ControlChange
from ops.desk.view.control_words import STATUS_WORDS, SWITCH_WORDS, expires_ms, proposal_words

REPLACED = "replaced"
_MOST = 50


@dataclass(frozen=True)
class Row:
    """A change: a version of a record, and what became of it."""

    id: int
    kind: str
    record_id: str
    version: int | None
    state: str
    record: dict[str, Any]
    by: str
    reason: str
    at: int
    status: str
    status_words: str
    approved_by: str | None
    why_refused: str | None
    expires_ms: int | None
    entity: str | None

    @property
    def is_in_force(self) -> bool:
        """Whether the job has put it in force."""
        return self.status == "applied"


@dataclass(frozen=True)
class Proposal:
    """A change that waits for a second person."""

    row: Row
    does: str
    """What it would do, in words."""
    may_approve: bool


@dataclass(frozen=True)
class SwitchState:
    """A switch, the change that put it where it is, and one that may come."""

    name: str
    title: str
    when_off: str
    is_on: bool
    """In the job, by what it has said."""
    row: Row | None
    """The change in force; None: as at the start."""
    coming: Row | None
    """A later one, of which the job has said nothing yet."""

    @property
    def will_be_on(self) -> bool:
        """Whether it is on once the job has taken what is coming."""
        return self.is_on if self.coming is None else bool(self.coming.record.get("on"))


def rows_of(session: Session, found: Sequence[ControlChange]) -> list[Row]:
    """Return changes as rows."""
    bodies = change_bodies(session, found)
    return [
        Row(
            body.id, body.kind, body.record_id, body.version, body.state, body.record, body.by, body.reason, body.at, body.status,
            STATUS_WORDS[body.status], body.approved_by, body.why_refused, expires_ms(body.record), change.entity,
        )
        for body, change in zip(bodies, found, strict=True)
    ]  # fmt: skip


def versions_in_words(rows: Sequence[Row]) -> list[Row]:
    """Return the versions of one record, the newest first: one is in force, those before were replaced."""
    current = next((row for row in rows if row.is_in_force), None)
    return [replace(row, status=REPLACED, status_words="replaced") if row.is_in_force and row is not current else row for row in rows]


def proposals(session: Session, caller: Caller) -> list[Proposal]:
    """Return what waits for a second person, the newest first."""
    rows = rows_of(session, changes(session, _MOST, status=PROPOSED))
    return [Proposal(row, proposal_words(row.kind, row.record), may_approve(row.by, caller)) for row in rows]


def may_approve(by: str, caller: Caller) -> bool:
    """Return whether somebody may be the second person of what `by` proposed, as far as the list can tell."""
    return caller == LOCAL or (caller.role in LEAD and caller.user_id is not None and by != caller.name)


def switches(session: Session) -> list[SwitchState]:
    """Return where each switch is."""
    return [_switch(session, name) for name in SWITCHES]


def _switch(session: Session, name: str) -> SwitchState:
    found = switch_position(session, name)
    row, coming = (None if one is None else rows_of(session, [one])[0] for one in (found.change, found.coming))
    return SwitchState(name, *SWITCH_WORDS[name], found.is_on, row, coming)
