"""The queue: what to work on, the gravest first."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import Path, Query, Request, Response

from ops.api.pages import Cursor, next_of, place_of
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.service import ServiceHere
from ops.cases.looks import look, mark_seen
from ops.cases.own_changes import own_changes
from ops.cases.queue import cases
from ops.cases.queue_groups import queue_groups
from ops.cases.saved_filters import remove_filter, save_filter, saved_filters
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.case_rows import row_of
from ops.desk.view.queue_view import Counts, QueueView
from ops.desk.ways import back_to

router = pages_of("queue")
ROWS = 50
Show = Literal["", "free", "mine", "taken", "closed"]
Severity = Literal["", "low", "medium", "high", "critical"]
Text = Annotated[str, Query(max_length=100)]
FilterId = Annotated[int, Path(ge=1, le=2**53)]


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
    since = look(service.store, caller.name, now)
    order = f"cases {view.order}"
    place = place_of(order, cursor, float)
    with service.store.read() as session:
        groups = queue_groups(session, caller.name, now, since, view.q or None, not view.is_closed)
        found = cases(session, view.wanted(caller.name, now, since), view.order, place, ROWS)
        own = own_changes(session, caller.name, [item.case.id for item in found.rows])
        rows = [row_of(item, caller.name, now, since, own) for item in found.rows]
        saved = saved_filters(session, caller.name)
    counts: dict[str, Any] = {"counts": Counts(groups, view), "since": since, "saved": saved}
    return page(request, "queue.html", view=view, rows=rows, cursor=cursor, next=next_of(order, found), **counts)


@router.post("/seen")
def seen(service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Note that all changes until now are seen."""
    mark_seen(service.store, caller.name, service.clock())
    return back_to(form.one("back"))


@router.post("/filters")
def save(service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Save the list that one looks at under a name."""
    view = _view_of(form.one("query"))
    with service.store.begin() as session:
        save_filter(session, caller.name, form.one("name"), view.query(), service.clock())
    return back_to(view.address())


@router.post("/filters/{filter_id}/remove")
def remove(service: ServiceHere, caller: CallerHere, filter_id: FilterId, form: FormHere) -> Response:
    """Remove a saved list."""
    with service.store.begin() as session:
        remove_filter(session, caller.name, filter_id)
    return back_to(form.one("back"))


def _view_of(query: str) -> QueueView:
    """Return the list of an address; what the queue does not take is refused when it is opened."""
    try:
        return QueueView(**dict(parse_qsl(query, errors="strict")))
    except (TypeError, ValueError):
        raise Problem(422, "query: it is no list of the queue", "query") from None
