"""Rows of the queue as they change: a stream that says which did, and the rows as they are now."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from domain.json_text import as_json
from ops.api.problems import Problem
from ops.api.rights import CallerHere, caller_of, may_still
from ops.api.service import ServiceHere, service_of
from ops.cases import queue
from ops.cases.errors import NotFound, StoreError
from ops.cases.looks import look
from ops.cases.own_changes import own_changes
from ops.desk.layout import page
from ops.desk.live import LiveQueue
from ops.desk.page_route import pages_of
from ops.desk.view.case_rows import Row, row_of

router = pages_of("live")
LASTS_S = 300.0
"""A stream ends after this time: whoever watches on asks again, and is asked who they are."""
CHECK_S = 5.0
"""So often a stream looks whether its session still holds: it ends after a logout, or with the user."""
_MOST_ROWS = 50
_FULL = Problem(503, "as many queues are watched as half of service.most_connections allows", None, {"Retry-After": "30"})
Ids = Annotated[str, Query(max_length=4000, pattern=r"^[A-Za-z0-9._,-]+$", description="Ids of cases, with commas between")]


@router.get("/live")
async def live(request: Request) -> Response:
    """Return a stream of server-sent events: `[id, is new]` of each case that has changed."""
    watch: LiveQueue = request.app.state.live
    if not watch.has_place(caller_of(request).name):
        raise _FULL
    # with its end the connection is free for others
    headers = {"X-Accel-Buffering": "no", "Connection": "close"}
    return StreamingResponse(_said(request, watch), media_type="text/event-stream", headers=headers)


@router.get("/rows")
def rows(request: Request, service: ServiceHere, caller: CallerHere, ids: Ids) -> Response:
    """Return rows of the queue as they are now, those that there are."""
    names = list(dict.fromkeys(ids.split(",")))
    if len(names) > _MOST_ROWS:
        raise Problem(422, f"ids: at most {_MOST_ROWS} at once", "ids")
    now, since, found = service.clock(), look(service.store, caller.name, service.clock()), list[Row]()
    with service.store.read() as session:
        own = own_changes(session, caller.name, names)
        for name in names:
            try:
                found.append(row_of(queue.case(session, name), caller.name, now, since, own))
            except NotFound:
                continue
    return page(request, "rows.html", asks_store=False, rows=found)


async def _said(request: Request, watch: LiveQueue) -> AsyncIterator[str]:
    service, begun = service_of(request), time.monotonic()
    checked = begun
    yield "retry: 3000\n\n"
    async for changes in watch.changes(caller_of(request).name):
        now = time.monotonic()
        if service.stopping or now >= begun + LASTS_S:
            break
        if now >= checked + CHECK_S:
            checked = now
            if not await _holds(request):
                break
        yield f"data: {as_json([[change.case_id, change.is_new] for change in changes])}\n\n" if changes else ": \n\n"
    yield "event: end\ndata:\n\n"


async def _holds(request: Request) -> bool:
    try:
        return await may_still(request, "/live")
    except StoreError:  # away: nothing is told meanwhile, and the next look may find it again
        return True
