"""Questions in words."""

from __future__ import annotations

from ops.api.bodies.ask import Answered, Question
from ops.api.problems import Problem, answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere

router = routes_of("questions")


@router.post("/v1/ask", summary="Ask in words", responses=answers(409, 503))
def ask(service: ServiceHere, caller: CallerHere, body: Question) -> Answered:
    """Return the answer, whose figures and ids are of the tables in it: within two minutes if a model is
    asked, 409 while models are asked other questions.

    Nothing is changed: what a question proposes, a person does at the desk. E-mail and IP addresses and other
    raw identifiers are hashed first, for analysts only; that you looked is audited.
    """
    if service.ask is None:
        raise Problem(503, "this service answers no questions: ringwatch serve does")
    number, document = service.ask(caller, body.question, body.window or "")
    return Answered.model_validate({"id": number, **document})
