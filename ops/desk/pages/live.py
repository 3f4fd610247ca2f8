"""Rows of the queue as they change: a stream that says which did, and the rows as they are now."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from domain.json_text import as_json
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.service import Service, ServiceHere
from ops.cases import queue
from ops.cases.errors import NotFound
from ops.cases.looks import look
from ops.desk.layout import page
from ops.desk.live import LiveQueue
from ops.desk.page_route import pages_of
from ops.desk.view.case_rows import Row, row_of

router = pages_of("live")
LASTS_S = 300.0
"""A stream ends after this time: whoever watches on asks again, and is asked who they are."""
_MOST_ROWS = 50
Ids = Annotated[str, Query(max_length=4000, pattern=r"^[A-Za-z0-9._,-]+$", description="Ids of cases, with commas between")]


@router.get("/live")
async def live(request: Request, service: ServiceHere) -> Response:
    """Return a stream of server-sent events: `[id, is new]` of each case that has changed."""
    watch: LiveQueue = request.app.state.live
    return StreamingResponse(_said(service, watch), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/rows")
def rows(request: Request, service: ServiceHere, caller: CallerHere, ids: Ids) -> Response:
    """Return rows of the queue as they are now, those that there are."""
    names = list(dict.fromkeys(ids.split(",")))
    if len(names) > _MOST_ROWS:
        raise Problem(422, f"ids: at most {_MOST_ROWS} at once", "ids")
    now, since, found = service.clock(), look(service.store, caller.name, service.clock()), list[Row]()
    with service.store.read() as session:
        for name in names:
            try:
                found.append(row_of(queue.case(session, name), caller.name, now, since))
            except NotFound:
                continue
    return page(request, "rows.html", asks_store=False, rows=found)


async def _said(service: Service, watch: LiveQueue) -> AsyncIterator[str]:
    until = time.monotonic() + LASTS_S
    yield "retry: 3000\n\n"
    async for changes in watch.changes():
        if service.stopping or time.monotonic() >= until:
            yield "event: end\ndata:\n\n"
            return
        yield f"data: {as_json([[change.case_id, change.is_new] for change in changes])}\n\n" if changes else ": \n\n"
