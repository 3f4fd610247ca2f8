"""A change of a list's entry that a person takes back: what was before is the record's next version.

The job may have had the change by then. What waits for a second person is turned down.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.rules.conditions import DELETED
from ops.access.roles import Caller
from ops.api.control_desk import asked, audit_change
from ops.api.problems import Problem
from ops.api.rights import RIGHTS
from ops.api.service import Service
from ops.cases.control_changes import PROPOSED, VALID, WITHDRAWN, newest, with_state
from ops.cases.desk_acts import kept_act
from ops.cases.errors import Conflict
from ops.cases.tables import ControlChange, DeskAct

_STEP = "change"
_REASON = "undone at once"
_CHANGED = "this entry is another one by now: look at what has changed"


def keep_list_act(session: Session, change: ControlChange, said: str, by: str, now: int) -> None:
    """Keep that a person made this change, so that it can be taken back."""
    kept_act(session, by, now, said, {_STEP: change.id})


def is_list_act(act: DeskAct) -> bool:
    """Return whether an act changed an entry of a list; else it changed cases."""
    return _STEP in act.steps


def undo_list_act(session: Session, service: Service, caller: Caller, act: DeskAct) -> None:
    """Take a change back. Raises `Conflict` if the entry was changed since."""
    if caller.role not in RIGHTS["POST", "/lists/{record_id}/state"]:
        raise Problem(403, "you may no longer change lists: a lead takes it back")
    change = session.get_one(ControlChange, act.steps[_STEP], with_for_update=True)
    if change.status == PROPOSED:
        change.status, change.why_refused = WITHDRAWN, _REASON
        audit_change(session, change, "withdraw", caller, service.clock())
    else:
        _restore(session, service, caller, change)
    act.undone_at = service.clock()
    session.flush()


def _restore(session: Session, service: Service, caller: Caller, change: ControlChange) -> None:
    last, before = newest(session, change.kind, change.record_id), _before(session, change)
    if last is None or last.id != change.id:
        raise Conflict(_CHANGED)
    wanted = with_state(change, DELETED, caller.name, _REASON) if before is None else with_state(before, before.state, caller.name, _REASON)
    # A second person has agreed to what was in force until now.
    asked(session, service, caller, wanted, alone=True)


def _before(session: Session, change: ControlChange) -> ControlChange | None:
    """Return the version of its record that held until then, None for a new record."""
    same = (ControlChange.kind == change.kind, ControlChange.record_id == change.record_id, ControlChange.status.in_(VALID))
    earlier = select(ControlChange).where(*same, ControlChange.version < change.version)
    return session.scalars(earlier.order_by(ControlChange.version.desc()).limit(1)).first()
