"""Switches: what of the job is on."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from sqlalchemy.orm import Session

from domain.decisions.effects import SWITCHES
from ops.api.bodies.control import ChangeRow, Switches, SwitchPosition, SwitchRow
from ops.api.control_desk import ASKED, ask
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.api.shown import change_body
from ops.cases.control_changes import Wanted, switch_position

SWITCH = "switch"
SwitchName = Literal["auto_block", "rules", "lists", "shadow"]
router = routes_of("switches")


@router.get("/v1/switches", summary="All switches", responses=answers(503))
def switches(service: ServiceHere) -> Switches:
    """Return where each switch is by what the job has put in force, and apart from it what is on its way."""
    with service.store.read() as session:
        return Switches(items=[_row(session, name) for name in SWITCHES])


@router.put("/v1/switches/{name}", summary="Turn a switch", responses=ASKED)
def put_switch(service: ServiceHere, caller: CallerHere, response: Response, name: SwitchName, body: SwitchPosition) -> ChangeRow:
    """Send a switch to the job. With `auto_block` off every block becomes a review."""
    return ask(service, caller, response, Wanted(SWITCH, name, {"on": body.on}, caller.name, body.reason))


def _row(session: Session, name: str) -> SwitchRow:
    found = switch_position(session, name)
    change, coming = (None if one is None else change_body(session, one) for one in (found.change, found.coming))
    return SwitchRow(name=name, on=found.is_on, change=change, coming=coming)
