"""Actions: what the shop was asked to do with events, and the release of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.bodies.actions import Action, ActionHour, ActionPage, ActionRow, ReleaseAsked
from ops.api.bodies.cases import Reason
from ops.api.control_desk import audit_change
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.routes.verdicts import needs_second
from ops.api.service import Service, ServiceHere
from ops.api.work import now_of
from ops.cases.action_list import ListedAction, last_hour, listed_action, listed_actions
from ops.cases.action_release import action_to_release, ask_release, blocks_in
from ops.cases.control_changes import PROPOSED
from ops.cases.errors import Conflict
from ops.cases.second_person import RELEASE, propose
from ops.cases.tables import ActionRow as Acted
from ops.cases.tables import ControlChange

router = routes_of("actions")
EventQuery = Annotated[str | None, Query(min_length=1, max_length=512, description="Only of events with this id")]
UndoneQuery = Annotated[bool, Query(description="Only what was left undone, as a budget was spent")]
ActionId = Annotated[int, Path(ge=1, le=2**53 - 1, description="Id of an action")]


@router.get("/v1/actions", summary="Actions, the latest first", responses=answers(503))
def actions(
    service: ServiceHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    action: Action | None = None,
    event_id: EventQuery = None,
    undone: UndoneQuery = False,
) -> ActionPage:
    """Return what the shop was, or would be, asked to do, and what became of it."""
    place = place_of("actions", cursor, int, int)
    with service.store.read() as session:
        page = listed_actions(session, place, limit, action=action, event_id=event_id, is_undone=undone)
        hour = ActionHour.model_validate(last_hour(session, service.clock()))
        return ActionPage(items=[_body(one) for one in page.rows], next=next_of("actions", page), hour=hour)


@router.post(
    "/v1/actions/{action_id}/release",
    summary="Release a hold or a block",
    responses={202: {"description": "It waits for a second person", "model": ReleaseAsked}, **answers(404, 409, 422, 503)},
)
def release(service: ServiceHere, caller: CallerHere, response: Response, action_id: ActionId, body: Reason) -> ReleaseAsked:
    """Have the shop release what it holds or has blocked, where no alert is that a verdict could be of.

    It is sent after `service.cases.undo_s`. A block counts as one that is called no fraud, and so does a hold
    of what the job decided to block: who undoes more of them within an hour than
    `service.cases.four_eyes_blocks` needs a second person.
    """
    with service.store.begin() as session:
        change = released(service, caller, session, action_id, body)
        response.status_code = 200 if change is None else 202
        return ReleaseAsked(action=_body(listed_action(session, action_id)), change_id=change)


def released(service: Service, caller: Caller, session: Session, action_id: int, body: Reason) -> int | None:
    """Ask for a release in a transaction; return the change that waits, if a second person must agree."""
    row = action_to_release(session, action_id)
    if needs_second(service, session, caller, blocks_in(row)):
        return _proposed(session, row, caller, body, service.clock())
    ask_release(session, action_id, body.reason, by=caller.name, **now_of(service))
    return None


def _proposed(session: Session, row: Acted, caller: Caller, body: Reason, now: int) -> int:
    """Return the change that waits for a second person: the one there is, or a new one."""
    chosen = (ControlChange.kind == RELEASE, ControlChange.record_id == f"{row.id}", ControlChange.status == PROPOSED)
    if found := session.scalar(select(ControlChange.id).where(*chosen)):
        raise Conflict(f"its release waits for a second person already: approve change {found}")
    record = {"control": RELEASE, "action_id": row.id, "event_id": row.event_id, "action": row.action}
    change = propose(session, RELEASE, f"{row.id}", record, caller.name, body.reason, now)
    audit_change(session, change, "propose", caller, now)
    return change.id


def _body(one: ListedAction) -> ActionRow:
    sent = one.sent
    ours = {"state": one.state, "attempts": sent.attempts if sent else 0}
    asked = {"release_asked_by": one.asked.by if one.asked else None}
    said = {"sent_at": sent.sent_at if sent else None, "last_error": sent.last_error if sent else None}
    names = [name for name in ActionRow.model_fields if name not in {*ours, *asked, *said}]
    return ActionRow.model_validate({**{name: getattr(one.row, name) for name in names}, **ours, **asked, **said})
