"""Lists: their entries, each a record of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from ops.access.roles import Caller
from ops.api.bodies.control import ChangePage, ChangeRow, NewListRecord, NewState
from ops.api.bodies.fields import RecordId, State
from ops.api.control_desk import ASKED, ask, ask_state, page_of_records, record_of_id
from ops.api.pages import Cursor, Limit
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.cases.control_changes import Wanted

LIST = "list"
ListName = Annotated[str | None, Query(alias="list", max_length=32, pattern=r"^[a-z][a-z0-9_-]*$", description="Only this list")]
router = routes_of("lists")


@router.get("/v1/lists", summary="The newest version of each record of the lists", responses=answers(503))
def lists(
    service: ServiceHere, limit: Limit = 50, cursor: Cursor = None, state: State | None = None, list_name: ListName = None
) -> ChangePage:
    """Return records by id: each holds one entity, as pseudonym, or names a file of many."""
    return page_of_records(service, LIST, limit, cursor, state, list_name)


@router.get("/v1/lists/{record_id}", summary="A record of a list", responses=answers(404, 503))
def listed(service: ServiceHere, record_id: RecordId) -> ChangeRow:
    """Return the newest version of a record of a list."""
    return record_of_id(service, LIST, record_id)


def wanted_entry(record_id: str, body: NewListRecord, caller: Caller) -> Wanted:
    """Return what somebody wants who puts an entity on a list."""
    return Wanted(LIST, record_id, body.model_dump(exclude={"reason"}), caller.name, body.reason)


@router.put("/v1/lists/{record_id}", summary="Put an entity on a list", responses=ASKED)
def put_listed(service: ServiceHere, caller: CallerHere, response: Response, record_id: RecordId, body: NewListRecord) -> ChangeRow:
    """Send a record of a list to the job. Raw identifiers are hashed here. The list `allow` takes two."""
    return ask(service, caller, response, wanted_entry(record_id, body, caller))


@router.post("/v1/lists/{record_id}/state", summary="Take an entity off a list, or put it back", responses=ASKED)
def listed_state(service: ServiceHere, caller: CallerHere, response: Response, record_id: RecordId, body: NewState) -> ChangeRow:
    """Send the next version of a record, with the same content in another state."""
    return ask_state(service, caller, response, LIST, record_id, body.state, body.reason)
