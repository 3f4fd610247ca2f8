"""A question that somebody asks at the desk: raw identifiers hashed, answered, kept for who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.events.event import Rejected
from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.rights import ANALYST, RIGHTS
from ops.api.service import Service
from ops.assistant.asker import Asker
from ops.assistant.raw_ids import HIDDEN, without_ids
from ops.assistant.raw_values import without_raw
from ops.assistant.result import Result
from ops.assistant.tools import unseen
from ops.cases.alerts import alerts_of_event
from ops.cases.decided_events import decided
from ops.cases.entities import note_look_up
from ops.cases.entity_life import known_entities
from ops.cases.questions import keep_question
from ops.desk.entity_search import best_of, hashed_names

_VIEWER = "the question names an identifier as it is: analysts look raw values up, a viewer writes a pseudonym, as email:9c41aa00bb11cc22"
_HIDDEN = f"{HIDDEN} is in the place of an identifier that is not known here: write its kind before it, account or device."
_MOST_LOOKED_UP = 20
_TRY = ("POST", "/rules/draft/try")
"""Who may do this may try a rule by a question, too."""


def asked(
    asker: Asker, service: Service, caller: Caller, question: str, window: str, seen: Callable[[Result], None] = unseen
) -> tuple[int, Mapping[str, Any]]:
    """Answer a question; return its number in the history of who asked, and the answer. Raises `Problem`,
    `CaseError`.
    """
    names = _Names(service, caller)
    hashed = without_ids(without_raw(question, names.sure), names)
    answer = asker.ask(service.store, hashed, service.clock(), window, seen, caller.name, caller.role in RIGHTS[_TRY])
    if HIDDEN in hashed and not answer.is_known:
        answer = replace(answer, why=f"{answer.why} {_HIDDEN}")
    document = answer.to_document()
    with service.store.begin() as session:
        return keep_question(session, caller.name, service.clock(), answer.question, document), document


class _Names:
    """Pseudonyms of the raw values of one question; who looked is audited."""

    def __init__(self, service: Service, caller: Caller) -> None:
        self._service, self._caller, self._looked_up = service, caller, 0

    def sure(self, value: str, kind: str = "") -> str:
        """Return the entity that a raw value is. Raises `Problem` for who may not look it up."""
        if self._caller.role not in ANALYST:
            raise Problem(403, _VIEWER)
        if self._service.pseudonyms is None:
            raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
        try:
            names = hashed_names(kind, value, self._service.pseudonyms)
        except Rejected as why:
            raise Problem(422, why.reason, "question") from None
        self._note(names)
        with self._service.store.read() as session:
            return best_of(session, names)[0]

    def known(self, value: str, kind: str = "") -> str | None:
        """Return the entity of a raw value if the store knows it. A viewer is told of none."""
        self._looked_up += 1
        if self._caller.role not in ANALYST or self._service.pseudonyms is None or self._looked_up > _MOST_LOOKED_UP:
            return None
        try:
            names = hashed_names(kind, value, self._service.pseudonyms)
        except Rejected:
            return None
        with self._service.store.read() as session:
            found = known_entities(session, names)
        self._note(found[:1])
        return found[0] if found else None

    def is_event(self, value: str) -> bool:
        """Return whether a decision on an event of this id is known."""
        with self._service.store.read() as session:
            return bool(decided(session, value) or alerts_of_event(session, value))

    def _note(self, names: Sequence[str]) -> None:
        if names:
            with self._service.store.begin() as session:
                for name in names:
                    note_look_up(session, name, by=self._caller.name, now=self._service.clock(), is_raw=True)
