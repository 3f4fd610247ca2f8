"""Rules: which there are, and what else is switched on or off."""

from __future__ import annotations

from typing import Literal

from fastapi import Request, Response

from ops.api.bodies.control import NewState, SwitchPosition
from ops.api.bodies.fields import RecordId
from ops.api.control_desk import ask_state
from ops.api.pages import Cursor, cut, key_of
from ops.api.rights import CallerHere
from ops.api.routes.rules import RULE
from ops.api.routes.switches import SwitchName, put_switch
from ops.api.service import ServiceHere
from ops.cases.control_lists import IN_USE, records
from ops.desk.control_rows import proposals, rows_of, switches
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.ways import back_to

router = pages_of("rules")
ROWS = 50
Shown = Literal["", "active", "shadow", "paused", "deleted"]
SHOWN = (("", "In use"), ("active", "Active"), ("shadow", "Shadow"), ("paused", "Paused"), ("deleted", "Deleted"))
"""State in the address -> word."""


@router.get("/rules")
def rules(request: Request, service: ServiceHere, caller: CallerHere, state: Shown = "", cursor: Cursor = None) -> Response:
    """Return a page of rules, the switches, and what waits for a second person."""
    key = key_of(RULE, cursor, str)
    with service.store.read() as session:
        found = records(session, RULE, ROWS + 1, str(key[0]) if key else None, state or IN_USE)
        found, following = cut(found, ROWS, RULE, lambda row: (row.record_id,))
        rows, waiting, positions = rows_of(session, found), proposals(session, caller), switches(session)
    return page(
        request, "rules.html", rows=rows, proposals=waiting, switches=positions, shown=SHOWN, state=state, cursor=cursor, next=following
    )


@router.post("/rules/{rule_id}/state")
def rule_state(service: ServiceHere, caller: CallerHere, rule_id: RecordId, form: FormHere) -> Response:
    """Put a rule in force or out of it."""
    body = form.body(NewState)
    ask_state(service, caller, Response(), RULE, rule_id, body.state, body.reason)
    return back_to(f"/rules/{rule_id}")


@router.post("/switches/{name}")
def turn(service: ServiceHere, caller: CallerHere, name: SwitchName, form: FormHere) -> Response:
    """Turn a switch on or off."""
    put_switch(service, caller, Response(), name, form.body(SwitchPosition, on=form.one("on") == "on"))
    return back_to(form.one("back"), "switches")
