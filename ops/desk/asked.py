"""A question that somebody asks at the desk: raw identifiers hashed, answered, kept for who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.events.event import Rejected
from domain.events.identity import Pseudonyms
from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import ANALYST, RIGHTS
from ops.api.service import Service
from ops.assistant.asker import Asker
from ops.assistant.raw_ids import HIDDEN, WHY_HIDDEN
from ops.assistant.result import Result
from ops.assistant.tools import unseen
from ops.cases.questions import keep_question
from ops.desk.raw_names import RawNames

_VIEWER = "the question names an identifier as it is: analysts look raw values up, a viewer writes a pseudonym, as email:9c41aa00bb11cc22"
_TRY = ("POST", "/rules/draft/try")
"""Who may do this may try a rule by a question, too."""


def asked(
    asker: Asker, service: Service, caller: Caller, question: str, window: str, seen: Callable[[Result], None] = unseen
) -> tuple[int, Mapping[str, Any]]:
    """Answer a question; return its number in the history of who asked, and the answer. Raises `Problem`,
    `CaseError`.
    """
    hashed = _Names(service, caller).hashed(question)
    answer = asker.ask(service.store, hashed, service.clock(), window, seen, caller.name, caller.role in RIGHTS[_TRY])
    if HIDDEN in hashed and not answer.is_known:
        answer = replace(answer, why=f"{answer.why} {WHY_HIDDEN}")
    document = answer.to_document()
    with service.store.begin() as session:
        return keep_question(session, caller.name, service.clock(), answer.question, document), document


class _Names(RawNames):
    """Names for one who may look them up, or may not."""

    def __init__(self, service: Service, caller: Caller) -> None:
        super().__init__(service.store, self._key, caller.name, service.clock)
        self._service, self._caller = service, caller

    def sure(self, value: str, kind: str = "") -> str:
        """Return the entity that a raw value is. Raises `Problem` for who may not look it up."""
        if self._caller.role not in ANALYST:
            raise Problem(403, _VIEWER)
        try:
            return super().sure(value, kind)
        except Rejected as why:
            raise Problem(422, why.reason, "question") from None

    def known(self, value: str, kind: str = "") -> str | None:
        """Return the entity of a raw value if the store knows it. A viewer is told of none."""
        if self._caller.role not in ANALYST or self._service.pseudonyms is None:
            return None
        return super().known(value, kind)

    def _key(self) -> Pseudonyms:
        if self._service.pseudonyms is None:
            raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
        return self._service.pseudonyms
