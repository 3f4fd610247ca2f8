"""Actions: what the shop was asked to do with events, the latest first."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from ops.api.pages import Cursor, next_of, place_of
from ops.api.service import ServiceHere
from ops.cases.action_list import last_hour, listed_actions
from ops.cases.actions import BLOCK, HOLD, RELEASE, VERIFY
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.action_rows import action_lines

router = pages_of("actions")
ROWS = 50
_ACTIONS = (BLOCK, HOLD, VERIFY, RELEASE)
EventText = Annotated[str, Query(max_length=512)]


@router.get("/actions")
def actions(
    request: Request,
    service: ServiceHere,
    action: Literal["", "hold", "verify", "block", "release"] = "",
    event: EventText = "",
    cursor: Cursor = None,
) -> Response:
    """Return a page of actions."""
    place = place_of("actions", cursor, int, int)
    with service.store.read() as session:
        found = listed_actions(session, place, ROWS, action=action or None, event_id=event or None)
        rows, hour = action_lines(found.rows), last_hour(session, service.clock())
    first = _address(action=action, event=event)
    chips = [(name, _address(action="" if name == action else name, event=event), name == action) for name in _ACTIONS]
    return page(
        request, "actions.html", rows=rows, hour=hour, chips=chips, event=event, action=action, first=first,
        next=next_of("actions", found), is_first=cursor is None,
    )  # fmt: skip


def _address(**query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"/actions?{urlencode(given)}" if given else "/actions"
