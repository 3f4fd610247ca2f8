"""A question that somebody asks at the desk: raw identifiers hashed, answered, kept for who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.events.event import Rejected
from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import ANALYST
from ops.api.service import Service
from ops.assistant.asker import Asker
from ops.assistant.raw_values import without_raw
from ops.assistant.result import Result
from ops.assistant.tools import unseen
from ops.cases.entities import note_look_up
from ops.cases.questions import keep_question
from ops.desk.entity_search import best_of, hashed_names

_VIEWER = "the question names an e-mail or IP address: analysts look raw values up, a viewer writes a pseudonym, as email:9c41aa00bb11cc22"


def asked(
    asker: Asker, service: Service, caller: Caller, question: str, window: str, seen: Callable[[Result], None] = unseen
) -> tuple[int, Mapping[str, Any]]:
    """Answer a question; return its number in the history of who asked, and the answer. Raises `Problem`,
    `CaseError`.
    """
    hashed = without_raw(question, lambda value: _named(service, caller, value))
    answer = asker.ask(service.store, hashed, service.clock(), window, seen, caller.name)
    document = answer.to_document()
    with service.store.begin() as session:
        return keep_question(session, caller.name, service.clock(), answer.question, document), document


def _named(service: Service, caller: Caller, value: str) -> str:
    """Return the entity that a raw value is; who looked is audited. Raises `Problem`."""
    if caller.role not in ANALYST:
        raise Problem(403, _VIEWER)
    if service.pseudonyms is None:
        raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
    try:
        names = hashed_names("", value, service.pseudonyms)
    except Rejected as why:
        raise Problem(422, why.reason, "question") from None
    with service.store.begin() as session:
        for name in names:
            note_look_up(session, name, by=caller.name, now=service.clock(), is_raw=True)
        return best_of(session, names)[0]
