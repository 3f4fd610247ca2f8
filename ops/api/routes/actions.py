"""Actions: what the shop was asked to do with events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from ops.api.bodies.actions import Action, ActionHour, ActionPage, ActionRow
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.rights import routes_of
from ops.api.service import ServiceHere
from ops.cases.action_list import ListedAction, last_hour, listed_actions

router = routes_of("actions")
EventQuery = Annotated[str | None, Query(min_length=1, max_length=512, description="Only of events with this id")]


@router.get("/v1/actions", summary="Actions, the latest first", responses=answers(503))
def actions(
    service: ServiceHere, limit: Limit = 50, cursor: Cursor = None, action: Action | None = None, event_id: EventQuery = None
) -> ActionPage:
    """Return what the shop was, or would be, asked to do, and what became of it."""
    place = place_of("actions", cursor, int, int)
    with service.store.read() as session:
        page = listed_actions(session, place, limit, action=action, event_id=event_id)
        hour = ActionHour.model_validate(last_hour(session, service.clock()))
        return ActionPage(items=[_body(one) for one in page.rows], next=next_of("actions", page), hour=hour)


def _body(one: ListedAction) -> ActionRow:
    sent = one.sent
    ours = {"state": one.state, "attempts": sent.attempts if sent else 0}
    said = {"sent_at": sent.sent_at if sent else None, "last_error": sent.last_error if sent else None}
    names = [name for name in ActionRow.model_fields if name not in {*ours, *said}]
    return ActionRow.model_validate({**{name: getattr(one.row, name) for name in names}, **ours, **said})
