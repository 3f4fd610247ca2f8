"""The tool by which a model proposes: what is done is in the person's own words, the model finds of whom.

An order that somebody planted in the data can so propose nothing that the question did not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ops.assistant.arguments import known_only, text_of
from ops.assistant.conditions import conditions_of
from ops.assistant.entity_tools import entity_of
from ops.assistant.proposal import ACTS, DECISIONS, LIST, RULE, VERDICT, VERDICT_WORDS, Proposal
from ops.assistant.result import Result
from ops.assistant.wishes import USUAL_EXPIRY, expiry_named, listing, reason_in, rule, verdict
from ops.cases.errors import Invalid

PROPOSE = "propose"
DOES = "fill in a form that a person then sends or not; only if the question asks for it"
ARGUMENTS = (
    "act: list with entity, list, days; or verdict with incident, verdict; or rule with decision, when: list of conditions as "
    '"event type is signup", "amount at least 500 EUR", "device.accounts_1h at least 8"'
)
_WORD = re.compile(r"[\w:.-]*\w", re.ASCII)
_ASKED = {LIST: re.compile(r"\b(put|add)\b"), VERDICT: re.compile(r"\b(call|judge|mark)\b"), RULE: re.compile(r"\brule\b")}
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


def proposal_of(arguments: Mapping[str, Any], question: str, results: Sequence[Result]) -> Proposal:
    """Return what a model proposes. Raises `Invalid` for what the question does not ask for."""
    known_only(arguments, ("act", "entity", "list", "days", "incident", "verdict", "decision", "when"))
    act = text_of(arguments, "act", ACTS)
    its = set(_WORD.findall(question.lower()))
    if not _ASKED[act].search(question.lower()):
        raise Invalid("act", f"the question asks for no {act}")
    if act == LIST:
        return _listing(arguments, question, its, results)
    if act == VERDICT:
        word = _own(text_of(arguments, "verdict", VERDICT_WORDS), "verdict", its)
        return verdict(_seen(text_of(arguments, "incident"), "incident", its, results), word, reason_in(question))
    return _rule(arguments, question, its, results)


def _listing(arguments: Mapping[str, Any], question: str, its: set[str], results: Sequence[Result]) -> Proposal:
    name = _own(text_of(arguments, "list"), "list", its)
    if not _NAME.fullmatch(name):
        raise Invalid("list", "write the name of a list, as block")
    days = str(arguments.get("days") or USUAL_EXPIRY)
    if arguments.get("days") is not None:
        _own(days, "days", its)
    return listing(_seen(entity_of(arguments), "entity", its, results), name, expiry_named(days), reason_in(question))


def _rule(arguments: Mapping[str, Any], question: str, its: set[str], results: Sequence[Result]) -> Proposal:
    decision, when = _own(text_of(arguments, "decision", DECISIONS), "decision", its), arguments.get("when")
    if not isinstance(when, list) or not all(isinstance(one, str) for one in when):
        raise Invalid("when", "write a list of conditions")
    for one in conditions_of(when):
        for value in one.values:
            _seen(value, "when", its, results)
    return rule(decision, when, reason_in(question))


def _own(word: str, name: str, its: set[str]) -> str:
    """Return a word of the question. Raises `Invalid` for one that it does not have."""
    if word not in its:
        raise Invalid(name, "it is not what the question asks for")
    return word


def _seen(value: str, name: str, its: set[str], results: Sequence[Result]) -> str:
    """Return what the question or a tool names. Raises `Invalid`."""
    if value.lower() not in its and not any(value in one.texts(row) for one in results for row in one.rows):
        raise Invalid(name, "neither the question nor a tool names it")
    return value
