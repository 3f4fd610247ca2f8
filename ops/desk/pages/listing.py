"""An entity is put on a list, or taken off: control records in one's own name."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Path, Request, Response

from ops.api.bodies.control import NewListRecord, NewState
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.entities import EntityPath
from ops.api.routes.lists import listed_state, put_listed
from ops.api.service import Service, ServiceHere
from ops.api.store_problems import problem_of_case
from ops.cases.control_lists import records_of_entity
from ops.cases.errors import CaseError
from ops.desk.forms import Form, FormHere
from ops.desk.page_route import pages_of
from ops.desk.pages.entity import shown
from ops.desk.view.listing_form import expiry_of
from ops.desk.ways import back_to

router = pages_of("listing")
RecordPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
_PLACE = "lists"


@router.post("/entities/{entity}/lists")
def put(request: Request, service: ServiceHere, caller: CallerHere, entity: EntityPath, form: FormHere) -> Response:
    """Put the entity on a list. What is wrong is told on the page, with what was typed."""
    try:
        record = form.body(NewListRecord, entity=entity, expires_at=_until(service, form))
        put_listed(service, caller, Response(), _record_id(service, entity, record.list), record)
    except (Problem, CaseError) as error:
        problem = error if isinstance(error, Problem) else problem_of_case(error)
        return shown(request, service, entity, problem, {name: form.one(name) for name in ("list", "expires", "reason")})
    return back_to(f"/entities/{entity}", _PLACE)


@router.post("/entities/{entity}/lists/{record_id}/remove")
def remove(service: ServiceHere, caller: CallerHere, entity: EntityPath, record_id: RecordPath, form: FormHere) -> Response:
    """Take the entity off a list: its record is deleted."""
    with service.store.read() as session:
        if record_id not in {one.record_id for one in records_of_entity(session, entity)}:
            raise Problem(404, f"no record {record_id} names this entity: somebody has taken it off")
    listed_state(service, caller, Response(), record_id, form.body(NewState, state="deleted"))
    return back_to(f"/entities/{entity}", _PLACE)


def _until(service: Service, form: Form) -> int | None:
    try:
        return expiry_of(form.one("expires")).until(service.clock())
    except KeyError:
        raise Problem(422, "expires: one of the choices of the form is wanted", "expires") from None


def _record_id(service: Service, entity: str, name: str) -> str:
    """Return the record that has the entity on this list already, of which it will be the next version; else
    a new id. It holds no pseudonym: the chain of the audit has it for ever.
    """
    with service.store.read() as session:
        its = [one.record_id for one in records_of_entity(session, entity) if one.list_name == name]
    return its[0] if its else f"{name[:32]}-{secrets.token_hex(6)}"
