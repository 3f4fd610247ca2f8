"""Rules: what is in force, and new versions."""

from __future__ import annotations

from fastapi import Response

from ops.api.bodies.control import ChangePage, ChangeRow, NewRule, NewState
from ops.api.bodies.fields import RecordId, State
from ops.api.control_desk import ASKED, ask, ask_state, page_of_records, record_of_id
from ops.api.pages import Cursor, Limit
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.cases.control_changes import Wanted

RULE = "rule"
router = routes_of("rules")


@router.get("/v1/rules", summary="The newest version of each rule", responses=answers(503))
def rules(service: ServiceHere, limit: Limit = 50, cursor: Cursor = None, state: State | None = None) -> ChangePage:
    """Return rules by id. One whose status is `waiting` or `sent` is not in force yet."""
    return page_of_records(service, RULE, limit, cursor, state)


@router.get("/v1/rules/{rule_id}", summary="A rule", responses=answers(404, 503))
def rule(service: ServiceHere, rule_id: RecordId) -> ChangeRow:
    """Return the newest version of a rule. Those before are at `/v1/changes?kind=rule&record_id=`."""
    return record_of_id(service, RULE, rule_id)


@router.put("/v1/rules/{rule_id}", summary="Make or change a rule", responses=ASKED)
def put_rule(service: ServiceHere, caller: CallerHere, response: Response, rule_id: RecordId, body: NewRule) -> ChangeRow:
    """Send the next version of a rule to the job, checked as the job checks it. You are its author."""
    content = body.model_dump(exclude={"reason"})
    return ask(service, caller, response, Wanted(RULE, rule_id, content, caller.name, body.reason))


@router.post("/v1/rules/{rule_id}/state", summary="Put a rule in force or out of it", responses=ASKED)
def rule_state(service: ServiceHere, caller: CallerHere, response: Response, rule_id: RecordId, body: NewState) -> ChangeRow:
    """Send the next version of a rule, with the same content in another state."""
    return ask_state(service, caller, response, RULE, rule_id, body.state, body.reason)
