"""The release of an action that a person asks for: where no alert is, no verdict can release it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.action_kinds import BLOCK, HOLD
from ops.cases.audit.chain import Act, audit
from ops.cases.changes import text_of
from ops.cases.errors import Conflict, NotFound
from ops.cases.settings import CaseSettings
from ops.cases.tables import ActionRelease, ActionRow

CAN_BE_RELEASED = (HOLD, BLOCK)


def action_to_release(session: Session, action_id: int) -> ActionRow:
    """Return an action that can be released, locked. Raises `NotFound`, `Conflict`."""
    row = session.scalar(select(ActionRow).where(ActionRow.id == action_id).with_for_update())
    if row is None:
        raise NotFound(f"there is no action {action_id}")
    if row.action not in CAN_BE_RELEASED:
        raise Conflict(f"a {row.action} holds nothing back: release a hold or a block")
    if row.is_undone:
        raise Conflict("it was left undone: the shop was never asked for it")
    if row.is_dry:
        raise Conflict("it was only recorded: the shop has nothing to release")
    if row.ended_at is not None:
        raise Conflict("it is over: it was released, became a block, or was never sent")
    if asked := session.get(ActionRelease, row.key):
        raise Conflict(f"{asked.by} asked for it already")
    return row


def blocks_in(row: ActionRow) -> int:
    """Return how many blocks a release undoes: beyond `four_eyes_blocks` a second person agrees.

    What the job decided to block is one, also where the shop only holds it.
    """
    return int(BLOCK in (row.action, row.decision))


def ask_release(
    session: Session, action_id: int, reason: str, *, by: str, now: int, settings: CaseSettings, approved_by: str | None = None
) -> ActionRow:
    """Ask for the release of an action; once it can no longer be taken back the worker makes it.

    Raises `NotFound`, `Conflict`, `Invalid`.
    """
    row, said = action_to_release(session, action_id), text_of("reason", reason)
    due_at = now + round(settings.undo_s * 1000)
    its = {"key": row.key, "event_key": row.event_key, "action": row.action}
    session.add(ActionRelease(**its, by=by, reason=said, at=now, due_at=due_at, approved_by=approved_by))
    _audit(session, row, "action.ask_release", by, now, {"reason": said})
    session.flush()
    return row


def take_release_back(session: Session, key: str, *, by: str, now: int) -> None:
    """Take back that the action of this key be released. Raises `Conflict` if it is too late."""
    asked = session.scalar(select(ActionRelease).where(ActionRelease.key == key).with_for_update())
    row = session.scalar(select(ActionRow).where(ActionRow.key == key))
    if asked is None or row is None or now >= asked.due_at or row.ended_at is not None:
        raise Conflict("it is on its way to the shop by now")
    session.delete(asked)
    _audit(session, row, "action.keep", by, now, {})
    session.flush()


def _audit(session: Session, row: ActionRow, act: str, by: str, now: int, private: Mapping[str, Any]) -> None:
    entity = f"account:{row.account}" if row.account else None
    audit(session, Act(now, by, act, f"event:{row.event_key}", {"action": row.action}, {"event_id": row.event_id, **private}, entity))
