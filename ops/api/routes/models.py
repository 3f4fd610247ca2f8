"""Models: which scores, and which scores in shadow."""

from __future__ import annotations

from fastapi import Response

from ops.api.bodies.control import ChangeRow, Models, NewModel
from ops.api.control_desk import ASKED, ask
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.api.shown import change_body
from ops.cases.control_changes import Wanted, newest

router = routes_of("models")


@router.get("/v1/models", summary="The models in force", responses=answers(503))
def models(service: ServiceHere) -> Models:
    """Return the newest changes of the model and of the model in shadow."""
    with service.store.read() as session:
        found = [newest(session, kind, "") for kind in ("model", "shadow_model")]
        model, shadow = (change_body(session, change) if change else None for change in found)
    return Models(model=model, shadow_model=shadow)


@router.post("/v1/models", summary="Change the model", responses=ASKED)
def new_model(service: ServiceHere, caller: CallerHere, response: Response, body: NewModel) -> ChangeRow:
    """Send a model to the job, which loads it where it runs and refuses one that does not fit."""
    content = {"path": body.path, **({"state": body.state} if body.kind == "shadow_model" else {})}
    return ask(service, caller, response, Wanted(body.kind, "", content, caller.name, body.reason))
