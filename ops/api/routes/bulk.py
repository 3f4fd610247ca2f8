"""One act on many cases, with one reason, and what it would do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Response
from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.bodies.cases import BulkAction, BulkAnswer, BulkOutcome
from ops.api.control_desk import audit_change
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.routes.verdicts import needs_second
from ops.api.service import Service, ServiceHere
from ops.api.work import labels_of, now_of, refuse_unknown
from ops.cases import changes, claims
from ops.cases.bulk import Outcome, bulk
from ops.cases.errors import Invalid
from ops.cases.locked import lock_cases
from ops.cases.second_person import MANY, VERDICT, Judgement, blocks_called_wrong, judge, propose

router = routes_of("cases")
_WAITS: dict[int | str, dict[str, Any]] = {202: {"description": "It waits for a second person", "model": BulkAnswer}}


class _OnlyLooked(Exception):  # noqa: N818 - it ends a preview
    """The end of a preview, which takes everything back."""


@router.post("/v1/cases/bulk/preview", summary="What a bulk action would do", responses=answers(422, 503))
def preview(service: ServiceHere, caller: CallerHere, body: BulkAction) -> BulkAnswer:
    """Say of each case what the action would do. Nothing is changed."""
    found: list[BulkAnswer] = []
    try:
        with service.store.begin() as session:
            found.append(acted(service, caller, session, body, is_preview=True))
            raise _OnlyLooked
    except _OnlyLooked:
        return found[0]


@router.post("/v1/cases/bulk", summary="Act on many cases", responses=_WAITS | answers(422, 503))
def act_on_many(service: ServiceHere, caller: CallerHere, response: Response, body: BulkAction) -> BulkAnswer:
    """Act on many cases: each succeeds or fails by itself, and says why.

    A verdict that calls more blocks wrong than `service.cases.four_eyes_blocks`, with those of your last
    hour, waits for a second person.
    """
    with service.store.begin() as session:
        answer = acted(service, caller, session, body)
        if answer.change_id is not None:
            response.status_code = 202
        return answer


def acted(service: Service, caller: Caller, session: Session, body: BulkAction, is_preview: bool = False) -> BulkAnswer:
    """Act on many cases in a transaction; a preview says as well whether a second person is needed."""
    versions = {case.id: case.version for case in body.cases}
    if len(versions) < len(body.cases):
        raise Invalid("cases", "one of them is there twice")
    if body.action == "verdict":
        return _judged(service, caller, session, body, versions, is_preview)
    outcomes = bulk(session, list(versions), _act_of(service, caller, session, body, versions))
    return _answer(versions, outcomes)


def _judged(
    service: Service, caller: Caller, session: Session, body: BulkAction, versions: dict[str, int | None], is_preview: bool
) -> BulkAnswer:
    if body.verdict is None:
        raise Invalid("verdict", "it is missing")
    judgement = Judgement(body.verdict, body.reason, dict.fromkeys(versions))
    lock_cases(session, versions)
    blocks = blocks_called_wrong(session, judgement)
    waits = needs_second(service, session, caller, blocks, judgement.subjects)
    if waits and not is_preview:
        change = propose(session, VERDICT, MANY, judgement.record(), caller.name, body.reason, service.clock())
        audit_change(session, change, "propose", caller, service.clock())
        answer = _answer(versions, [])
        return answer.model_copy(update={"blocks_undone": blocks, "needs_second": True, "change_id": change.id})
    outcomes, said = judge(session, judgement, by=caller.name, versions=versions, **labels_of(service, session))
    alerts = {one.case.id: one.labelled for one in said}
    return _answer(versions, outcomes, alerts).model_copy(update={"blocks_undone": blocks, "needs_second": waits})


def _act_of(
    service: Service, caller: Caller, session: Session, body: BulkAction, versions: dict[str, int | None]
) -> Callable[[str], object]:
    common: dict[str, Any] = {"by": caller.name, **now_of(service)}
    match body.action:
        case "assign":
            if body.owner is None:
                raise Invalid("owner", "it is missing")
            owner = body.owner
            refuse_unknown(session, owner)
            return lambda case_id: claims.assign(session, case_id, owner, version=versions[case_id], **common)
        case "due":
            if body.due_at is None:
                raise Invalid("due_at", "it is missing")
            due_at = body.due_at
            return lambda case_id: changes.set_due(session, case_id, due_at, version=versions[case_id], **common)
        case "close":
            return lambda case_id: changes.close(session, case_id, body.reason, version=versions[case_id], **common)
        case _:
            return lambda case_id: changes.reopen(session, case_id, body.reason, version=versions[case_id], **common)


def _answer(versions: dict[str, int | None], outcomes: list[Outcome], alerts: dict[str, int] | None = None) -> BulkAnswer:
    labelled = alerts or {}
    cases = [
        BulkOutcome(
            id=one.case_id, version=versions[one.case_id], does=one.error is None,
            why_not=None if one.error is None else str(one.error), alerts=labelled.get(one.case_id, 0),
        )
        for one in outcomes
    ]  # fmt: skip
    done = sum(case.does for case in cases)
    return BulkAnswer(cases=cases, done=done, alerts=sum(labelled.values()), blocks_undone=0, needs_second=False, change_id=None)
