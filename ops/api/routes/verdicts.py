"""Verdicts on cases, and taking them back."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.access.roles import LOCAL, Caller
from ops.api.bodies.cases import NewVerdict, Reason, VerdictGiven, Verdicts, VerdictUndone
from ops.api.control_desk import audit_change
from ops.api.problems import Problem, answers
from ops.api.queries import CasePath, IfMatch, VerdictPath, version_in
from ops.api.rights import LEAD, CallerHere, routes_of
from ops.api.service import Service, ServiceHere
from ops.api.shown import verdict_bodies
from ops.api.work import changed, labels_of
from ops.cases import queue
from ops.cases.errors import Invalid
from ops.cases.locked import locked_case
from ops.cases.second_person import UNDO, VERDICT, Judgement, blocks_called_wrong, propose
from ops.cases.tables import AlertRow, CaseRow
from ops.cases.undo import blocks_of, undo_verdict
from ops.cases.undone_lately import undone_lately
from ops.cases.verdicts import give_verdict, verdict, verdicts
from ops.cases.words import FRAUD

WAITS: dict[int | str, dict[str, Any]] = {202: {"description": "It waits for a second person"}, **answers(404, 409, 422, 503)}
router = routes_of("verdicts")


@router.get("/v1/cases/{case_id}/verdicts", summary="The verdicts on a case", responses=answers(404, 503))
def case_verdicts(service: ServiceHere, case_id: CasePath) -> Verdicts:
    """Return all verdicts on a case, those that were undone as well, the oldest first."""
    with service.store.read() as session:
        queue.case(session, case_id)
        return Verdicts(items=verdict_bodies(session, verdicts(session, case_id)))


@router.post("/v1/cases/{case_id}/verdict", summary="Give a verdict", responses=WAITS | {202: {**WAITS[202], "model": VerdictGiven}})
def give(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, body: NewVerdict, if_match: IfMatch = None
) -> VerdictGiven:
    """Say what was true of an incident, which closes its case, or of some of its alerts, which does not.

    Labels are sent when the verdict can no longer be undone. One that calls more blocks wrong than
    `service.cases.four_eyes_blocks`, with those of your last hour, waits for a second person.
    """
    with service.store.begin() as session:
        return given(service, caller, response, session, case_id, body, version_in(if_match))


def given(
    service: Service, caller: Caller, response: Response, session: Session, case_id: str, body: NewVerdict, version: int | None
) -> VerdictGiven:
    """Give a verdict in a transaction, or propose it to a second person: the answer's status says which."""
    case = locked_case(session, case_id, version)
    alerts = _chosen(session, case, body)
    judgement = Judgement(body.verdict, body.reason, {case_id: alerts})
    if needs_second(service, session, caller, blocks_called_wrong(session, judgement), judgement.subjects):
        change = propose(session, VERDICT, case_id, judgement.record(), caller.name, body.reason, service.clock())
        audit_change(session, change, "propose", caller, service.clock())
        response.status_code = 202
        return VerdictGiven(case=changed(session, response, case), verdict=None, change_id=change.id)
    said = give_verdict(
        session, case_id, body.verdict, body.reason, by=caller.name, alert_ids=alerts, version=version, **labels_of(service, session),
    )  # fmt: skip
    [shown] = verdict_bodies(session, [said.verdict])
    counts = {"labelled": said.labelled, "said_before": said.said_before, "missing": said.missing}
    return VerdictGiven(case=changed(session, response, said.case), verdict=shown, **counts)


@router.post(
    "/v1/cases/{case_id}/verdicts/{verdict_id}/undo",
    summary="Take a verdict back",
    responses=WAITS | {202: {**WAITS[202], "model": VerdictUndone}},
)
def undo(
    service: ServiceHere, caller: CallerHere, response: Response, case_id: CasePath, verdict_id: VerdictPath, body: Reason
) -> VerdictUndone:
    """Take a verdict back: your own, as a lead anybody's.

    Before its labels were sent none is; afterwards labels say what is in force now.
    """
    with service.store.begin() as session:
        found = verdict(session, verdict_id)
        if found.case_id != case_id:
            raise Problem(404, f"case {case_id} has no verdict {verdict_id}")
        if found.by != caller.name and caller.role not in LEAD:
            raise Problem(403, f"it is the verdict of {found.by}: a lead takes it back")
        case = locked_case(session, case_id, None)
        if found.undone_at is None and found.word == FRAUD and needs_second(service, session, caller, blocks_of(session, [verdict_id])):
            record = {"control": UNDO, "verdict_id": verdict_id}
            change = propose(session, UNDO, case_id, record, caller.name, body.reason, service.clock())
            audit_change(session, change, "propose", caller, service.clock())
            response.status_code = 202
            [shown] = verdict_bodies(session, [found])
            return VerdictUndone(case=changed(session, response, case), verdict=shown, change_id=change.id)
        undone = undo_verdict(session, verdict_id, body.reason, by=caller.name, **labels_of(service, session))
        [shown] = verdict_bodies(session, [undone.verdict])
        counts = {"cancelled": undone.cancelled, "corrected": undone.corrected}
        return VerdictUndone(case=changed(session, response, undone.case), verdict=shown, **counts)


def needs_second(service: Service, session: Session, caller: Caller, blocks: int, subjects: Container[str] = ()) -> bool:
    """Return whether so many blocks, with those of the hour, are more than one person undoes.

    `subjects` are the cases and alerts that they are of.
    """
    if not blocks or caller == LOCAL:
        return False
    return blocks + undone_lately(session, caller.name, service.clock(), subjects) > service.settings.cases.four_eyes_blocks


def _chosen(session: Session, case: CaseRow, body: NewVerdict) -> Sequence[str] | None:
    """Return the ids of the alerts that are named, None for all of the incident's."""
    if not body.events and not body.alerts:
        return None
    its = select(AlertRow.event_id, AlertRow.id).where(AlertRow.incident_id == case.incident_id, AlertRow.event_id.in_(body.events))
    found = session.execute(its).all() if body.events else []
    known = {row.event_id for row in found}
    if any(event not in known for event in body.events):
        raise Invalid("events", "one of them is no alert of this incident")
    return list(dict.fromkeys([*body.alerts, *(row.id for row in found)]))
