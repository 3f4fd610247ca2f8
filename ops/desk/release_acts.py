"""The release of an action that a person takes back before it leaves."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import RIGHTS
from ops.api.service import Service
from ops.cases.action_release import take_release_back
from ops.cases.desk_acts import kept_act
from ops.cases.tables import ActionRow, DeskAct
from ops.desk.markup import shortened

_STEP = "release"


def keep_release(session: Session, row: ActionRow, by: str, now: int) -> None:
    """Keep that a person asked for this action's release, so that it can be taken back."""
    kept_act(session, by, now, f"To be released: {row.action} of {shortened(row.event_id, 40)}.", {_STEP: row.key})


def is_release(act: DeskAct) -> bool:
    """Return whether an act asked for a release."""
    return _STEP in act.steps


def undo_release(session: Session, service: Service, caller: Caller, act: DeskAct) -> None:
    """Take it back. Raises `Conflict` if it has left."""
    if caller.role not in RIGHTS["POST", "/actions/{action_id}/release"]:
        raise Problem(403, "you may no longer release: a lead takes it back")
    now = service.clock()
    take_release_back(session, act.steps[_STEP], by=caller.name, now=now)
    act.undone_at = now
    session.flush()
