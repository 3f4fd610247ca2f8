"""Lists: who is on which, why and until when; to put somebody on one, and to take somebody off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Request, Response

from ops.access.roles import Caller
from ops.api.bodies.control import NewState
from ops.api.bodies.fields import RecordId
from ops.api.control_desk import desk_of
from ops.api.pages import Cursor, cut, key_of
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.lists import LIST
from ops.api.service import Service, ServiceHere
from ops.assistant.proposal import LIST as LIST_ACT
from ops.cases.control_changes import PROPOSED
from ops.cases.control_lists import IN_USE, changes, list_names, records
from ops.desk.control_rows import proposals, rows_of, versions_in_words
from ops.desk.error_page import Way, told_page
from ops.desk.forms import Form, FormHere
from ops.desk.layout import page
from ops.desk.listing import PSEUDONYM, change_state, entity_of, put_on_list
from ops.desk.page_route import pages_of
from ops.desk.pages.rules import SHOWN, Shown
from ops.desk.proposed import FIELD, AskedHere, proposed
from ops.desk.view.list_view import ListView
from ops.desk.view.listing_form import Expiry
from ops.desk.ways import back_to

router = pages_of("lists")
ROWS = 50
_TYPED = ("list", "who", "how", "expires", "reason", FIELD)
MOST_VERSIONS = 100
ListName = Annotated[str, Query(alias="list", max_length=32, pattern=r"^([a-z][a-z0-9_-]*)?$")]
_WAITS = "Who is on this list passes, so another lead approves it: it is on the page of rules and on that of lists."


@router.get("/lists")
def lists(
    request: Request, service: ServiceHere, caller: CallerHere, list_name: ListName = "", state: Shown = "", cursor: Cursor = None,
    question: AskedHere = None,
) -> Response:  # fmt: skip
    """Return a page of records, those of one list or of all; `asked`: the question that fills the form in."""
    with service.store.read() as session:
        filled = _filled(proposed(session, caller, question, LIST_ACT), question)
    return _page(request, service, caller, ListView(list_name, state), cursor, typed=filled)


@router.post("/lists")
def put(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Put an entity on a list. What is wrong is told on the page; a raw value is typed again."""
    try:
        change = put_on_list(service, caller, form, entity_of(service, form))
    except Problem as problem:
        if problem.status != 422:
            raise
        return _page(request, service, caller, ListView(), None, problem, form)
    if change.status == PROPOSED:
        return told_page(request, 202, "It waits for a second person", _WAITS, [Way("To the lists", "/lists")])
    return back_to(f"/lists/{change.record_id}")


@router.get("/lists/{record_id}")
def record(request: Request, service: ServiceHere, record_id: RecordId) -> Response:
    """Return a record of a list with its versions."""
    with service.store.read() as session:
        versions = versions_in_words(rows_of(session, changes(session, MOST_VERSIONS, kind=LIST, record_id=record_id)))
    if not versions:
        raise Problem(404, f"there is no record {record_id} of a list")
    shown = next((one for one in versions if one.status in ("sent", "applied", "waiting")), versions[0])
    return page(request, "listed.html", row=shown, versions=versions)


@router.post("/lists/{record_id}/state")
def record_state(request: Request, service: ServiceHere, caller: CallerHere, record_id: RecordId, form: FormHere) -> Response:
    """Put a record in force or out of it."""
    change = change_state(service, caller, record_id, form.body(NewState))
    if change.status == PROPOSED:
        return told_page(request, 202, "It waits for a second person", _WAITS, [Way("Go on", f"/lists/{record_id}")])
    return back_to(f"/lists/{record_id}")


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    view: ListView,
    cursor: str | None,
    problem: Problem | None = None,
    form: Form | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    key = key_of(LIST, cursor, str)
    with service.store.read() as session:
        after = str(key[0]) if key else None
        found, following = cut(
            records(session, LIST, ROWS + 1, after, view.state or IN_USE, view.list or None), ROWS, LIST, lambda row: (row.record_id,)
        )
        rows, names, waiting = rows_of(session, found), list_names(session), proposals(session, caller)
    if typed is None:
        typed = {"value": "", **{name: form.one(name) if form else "" for name in _TYPED}}
    return page(
        request, "lists.html", problem.status if problem else 200, view=view, rows=rows, names=names, proposals=waiting, shown=SHOWN,
        cursor=cursor, next=following, error=problem.detail if problem else "", typed=typed, kinds=desk_of(service).names.kinds,
        expiries=list(Expiry),
    )  # fmt: skip


def _filled(fields: Mapping[str, str], question: int | None) -> Mapping[str, str]:
    """Return what the form holds: of a proposal its fields, else nothing."""
    who, _, value = fields.get("entity", "").partition(":")
    its = {name: fields.get(name, "") for name in ("list", "expires", "reason")}
    return {**its, "who": who, "value": value, "how": PSEUDONYM if value else "", FIELD: str(question or "")}
