"""A verdict on one case: what it would do, a reason, and it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.api.bodies.cases import NewVerdict
from ops.api.own_paths import own_path
from ops.api.queries import CasePath
from ops.api.rights import CallerHere
from ops.api.routes.verdicts import given, needs_second
from ops.api.service import ServiceHere
from ops.assistant.proposal import VERDICT
from ops.cases import queue
from ops.cases.errors import NotFound
from ops.cases.second_person import Judgement, blocks_called_wrong
from ops.cases.tables import AlertRow
from ops.desk.acting import acting
from ops.desk.error_page import Way, told_page
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.pages.case_acts import version_of
from ops.desk.proposed import AskedHere, confirm, proposed
from ops.desk.view.case_rows import row_of
from ops.desk.ways import back_to, came_from

router = pages_of("verdict")
Word = Annotated[Literal["fraud", "legitimate", "inconclusive"], Query()]
WAITS = (
    "With those of your last hour it calls so many blocked events no fraud that a second person must agree. "
    "Another lead finds it among the changes."
)


@router.get("/cases/{case_id}/verdict")
def verdict(
    request: Request, service: ServiceHere, caller: CallerHere, case_id: CasePath, word: Word = "fraud", question: AskedHere = None
) -> Response:
    """Return the page that asks for the reason, and says what the verdict does."""
    now = service.clock()
    with service.store.read() as session:
        filled = proposed(session, caller, question, VERDICT)
        said = _word_of(filled, case_id) if filled else word
        row = row_of(queue.case(session, case_id), caller.name, now, None)
        judgement = Judgement(said, "", {case_id: None})
        blocks = blocks_called_wrong(session, judgement)
        waits = needs_second(service, session, caller, blocks, judgement.subjects)
        alerts = _alerts(session, row.incident)
    return page(
        request, "verdict.html", row=row, word=said, back=came_from(request), blocks=blocks, alerts=alerts, waits=waits,
        undo_min=service.settings.cases.undo_s / 60, asked=question, reason=filled.get("reason", ""),
    )  # fmt: skip


@router.post("/cases/{case_id}/verdict")
def give(request: Request, service: ServiceHere, caller: CallerHere, case_id: CasePath, form: FormHere) -> Response:
    """Give the verdict, and go back to where one was."""
    body = form.body(NewVerdict, verdict=form.one("verdict"), reason=form.one("reason"))
    with acting(service, caller, [case_id], f"Verdict: {body.verdict}.") as act:
        answer = given(service, caller, Response(), act.session, case_id, body, version_of(form))
        confirm(act.session, service, caller, form, VERDICT, {"case": case_id, "word": body.verdict}, case=case_id)
    if answer.change_id is not None:
        return told_page(request, 202, "It waits for a second person", WAITS, [Way("Go on", own_path(form.one("back")))])
    return back_to(form.one("back"), case_id)


def _alerts(session: Session, incident_id: str) -> int:
    return session.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.incident_id == incident_id)) or 0


def _word_of(fields: Mapping[str, str], case_id: str) -> str:
    """Return the word that is proposed of this case. Raises `NotFound` where it is of another one."""
    if fields["case"] != case_id:
        raise NotFound("the question proposes a verdict on another case")
    return fields["verdict"]
