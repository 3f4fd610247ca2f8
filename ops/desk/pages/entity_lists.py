"""The lists of an entity: it is put on one, or taken off, in one's own name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from domain.rules.conditions import DELETED
from ops.api.bodies.control import NewState
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.entities import EntityPath
from ops.api.service import ServiceHere
from ops.api.store_problems import problem_of_case
from ops.cases.control_lists import records_of_entity
from ops.cases.errors import CaseError
from ops.desk.forms import FormHere
from ops.desk.listing import change_state, put_on_list
from ops.desk.page_route import pages_of
from ops.desk.pages.entity import shown
from ops.desk.ways import back_to

router = pages_of("entity_lists")
RecordPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
_PLACE = "lists"


@router.post("/entities/{entity}/lists")
def put(request: Request, service: ServiceHere, caller: CallerHere, entity: EntityPath, form: FormHere) -> Response:
    """Put the entity on a list. What is wrong is told on the page, with what was typed."""
    try:
        put_on_list(service, caller, form, entity)
    except (Problem, CaseError) as error:
        problem = error if isinstance(error, Problem) else problem_of_case(error)
        return shown(request, service, caller, entity, problem, {name: form.one(name) for name in ("list", "expires", "reason")})
    return back_to(f"/entities/{entity}", _PLACE)


@router.post("/entities/{entity}/lists/{record_id}/remove")
def remove(service: ServiceHere, caller: CallerHere, entity: EntityPath, record_id: RecordPath, form: FormHere) -> Response:
    """Take the entity off a list: its record is deleted."""
    with service.store.read() as session:
        if record_id not in {one.record_id for one in records_of_entity(session, entity)}:
            raise Problem(404, f"no record {record_id} names this entity: somebody has taken it off")
    change_state(service, caller, record_id, form.body(NewState, state=DELETED))
    return back_to(f"/entities/{entity}", _PLACE)
