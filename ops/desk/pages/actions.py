"""Actions: what the shop was asked to do with events, the latest first, and the release of one."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from ops.api.bodies.cases import Reason
from ops.api.own_paths import own_path
from ops.api.pages import Cursor, next_of, place_of
from ops.api.rights import CallerHere
from ops.api.routes.actions import ActionId, released
from ops.api.service import ServiceHere
from ops.cases.action_kinds import BLOCK, HOLD, RELEASE, VERIFY
from ops.cases.action_list import last_hour, listed_action, listed_actions
from ops.desk.error_page import Way, told_page
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.release_acts import keep_release
from ops.desk.view.action_rows import action_lines
from ops.desk.ways import back_to

router = pages_of("actions")
ROWS = 50
_ACTIONS = (BLOCK, HOLD, VERIFY, RELEASE)
_WAITS = "With it you undo so many blocks of the last hour that a second person must agree. Another lead finds it among the changes."
EventText = Annotated[str, Query(max_length=512)]


@router.get("/actions")
def actions(
    request: Request,
    service: ServiceHere,
    action: Literal["", "hold", "verify", "block", "release"] = "",
    event: EventText = "",
    undone: bool = False,
    cursor: Cursor = None,
) -> Response:
    """Return a page of actions."""
    place = place_of("actions", cursor, int, int)
    with service.store.read() as session:
        found = listed_actions(session, place, ROWS, action=action or None, event_id=event or None, is_undone=undone)
        rows, hour = action_lines(found.rows), last_hour(session, service.clock())
    left = "1" if undone else ""
    first = _address(action=action, event=event, undone=left)
    chips = [(name, _address(action="" if name == action else name, event=event, undone=left), name == action) for name in _ACTIONS]
    chips.append(("left undone", _address(action=action, event=event, undone="" if undone else "1"), undone))
    return page(
        request, "actions.html", rows=rows, hour=hour, chips=chips, event=event, action=action, undone=left, first=first,
        next=next_of("actions", found), is_first=cursor is None,
    )  # fmt: skip


@router.post("/actions/{action_id}/release")
def release(request: Request, service: ServiceHere, caller: CallerHere, action_id: ActionId, form: FormHere) -> Response:
    """Have the shop release what it holds or has blocked."""
    back, reason = own_path(form.one("back")), form.body(Reason)
    with service.store.begin() as session:
        waits = released(service, caller, session, action_id, reason) is not None
        if not waits:
            keep_release(session, listed_action(session, action_id).row, caller.name, service.clock())
    return told_page(request, 202, "It waits for a second person", _WAITS, [Way("Go on", back)]) if waits else back_to(back)


def _address(**query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"/actions?{urlencode(given)}" if given else "/actions"
