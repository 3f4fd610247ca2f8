"""The queue: what to work on, the gravest first."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from ops.api.pages import Cursor, next_of, place_of
from ops.api.rights import CallerHere
from ops.api.service import ServiceHere
from ops.cases.queue import cases
from ops.cases.queue_groups import queue_groups
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.case_rows import row_of
from ops.desk.view.queue_view import Counts, QueueView

router = pages_of("queue")
ROWS = 50
Show = Literal["", "free", "mine", "taken", "closed"]
Severity = Literal["", "low", "medium", "high", "critical"]
Text = Annotated[str, Query(max_length=100)]


@router.get("/")
def queue(
    request: Request,
    service: ServiceHere,
    caller: CallerHere,
    show: Show = "",
    severity: Severity = "",
    kind: Literal["", "ring", "unconnected", "wave"] = "",
    due: Literal["", "late", "day"] = "",
    new: Literal["", "1"] = "",
    q: Text = "",
    sort: Literal["", "due", "updated"] = "",
    cursor: Cursor = None,
) -> Response:
    """Return a page of cases, and counts that agree with it."""
    view, now = QueueView(show, severity, kind, due, new, q.strip(), sort), service.clock()
    order = f"cases {view.order}"
    place = place_of(order, cursor, float)
    with service.store.read() as session:
        groups = queue_groups(session, caller.name, now, None, view.q or None, not view.is_closed)
        found = cases(session, view.wanted(caller.name, now, None), view.order, place, ROWS)
        rows = [row_of(item, caller.name, now, None) for item in found.rows]
    return page(request, "queue.html", view=view, rows=rows, counts=Counts(groups, view), cursor=cursor, next=next_of(order, found))
