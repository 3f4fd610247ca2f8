"""Questions: the menu of ready ones, one's own words, and what one asked before."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.service import Service, ServiceHere
from ops.api.store_problems import problem_of_case
from ops.assistant.ask import QUESTION_CHARS
from ops.assistant.ready import READY
from ops.assistant.window import NAMED, USUAL
from ops.cases.errors import CaseError
from ops.cases.questions import forget_questions, question_of, questions_of
from ops.desk.asked import asked
from ops.desk.asking_steps import steps_of
from ops.desk.forms import Form, FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.answers import AnswerView, answer_view

router = pages_of("ask")
QuestionId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/ask")
def menu(request: Request, service: ServiceHere, caller: CallerHere) -> Response:
    """Return the ready questions, and the latest of one's own."""
    return _page(request, service, caller)


@router.post("/ask")
def answer(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Answer a question and go to its answer. What is wrong with it is told on the page."""
    try:
        number, _ = asked(request.app.state.asker, service, caller, *_of(form))
    except (Problem, CaseError) as error:
        problem = error if isinstance(error, Problem) else problem_of_case(error)
        return _page(request, service, caller, problem, _of(form)[0])
    return RedirectResponse(f"/ask/{number}", 303)


@router.post("/ask/steps")
def steps(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Answer a question and say meanwhile what is looked at: a JSON object a line, the last one says where
    the answer is, or why there is none.
    """
    work = partial(asked, request.app.state.asker, service, caller, *_of(form))
    return StreamingResponse(steps_of(work, request), media_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


@router.post("/ask/forget")
def forget(service: ServiceHere, caller: CallerHere) -> Response:
    """Delete one's own questions."""
    with service.store.begin() as session:
        forget_questions(session, caller.name)
    return RedirectResponse("/ask", 303)


@router.get("/ask/{question_id}")
def one(request: Request, service: ServiceHere, caller: CallerHere, question_id: QuestionId) -> Response:
    """Return the answer to a question of one's own."""
    with service.store.read() as session:
        row = question_of(session, caller.name, question_id)
        view = answer_view(row.answer)
    return _page(request, service, caller, view=view, at=row.at, number=question_id)


def _of(form: Form) -> tuple[str, str]:
    """Return the question and the time of a form."""
    question, first = form.one("ready") or form.one("question"), form.one("from")
    return question, f"{first}..{form.one('to') or first}" if first else form.one("window") or USUAL


def _page(
    request: Request, service: Service, caller: Caller, problem: Problem | None = None, question: str = "",
    view: AnswerView | None = None, at: int = 0, number: int = 0,
) -> Response:  # fmt: skip
    with service.store.read() as session:
        before = questions_of(session, caller.name)
    return page(
        request, "ask.html", problem.status if problem else 200, ready=READY.values(), windows=NAMED, usual=USUAL, before=before,
        error=problem.detail if problem else "", question=question, most=QUESTION_CHARS, view=view, at=at, number=number,
        has_model=request.app.state.asker.has_model,
    )  # fmt: skip
