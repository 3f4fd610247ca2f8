"""Answers by code: a ready question, or an id that somebody pastes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ops.assistant.answer import Answer
from ops.assistant.entity_tools import ENTITY
from ops.assistant.proposed import proposed
from ops.assistant.ready import EARLIER, WINDOW, Ready, ready_for
from ops.assistant.result import quoted
from ops.assistant.sentences import Sentence
from ops.assistant.tools import Toolbox
from ops.assistant.window import USUAL, Window, name_in, window_of
from ops.assistant.wishes import is_trial, wish_of
from ops.cases.errors import CaseError, Invalid, NotFound

QUESTION_CHARS = 1000
_INCIDENT = re.compile(r"\binc-[0-9a-f]{16}\b", re.ASCII)
_NOT_READY = "This question is not among the ready ones, and it names no incident (inc-...) and no entity (device:9c41...)."


def ask(toolbox: Toolbox, question: str, now: int, window: str | None = None) -> Answer:
    """Return the answer to a question, by code. A time in the question goes before `window`.

    Raises `Invalid` for a time that cannot be.
    """
    if not 0 < len(question) <= QUESTION_CHARS:
        raise Invalid("question", f"ask in 1 to {QUESTION_CHARS:,} characters")
    try:
        if wish := wish_of(question):
            return proposed(toolbox, question, wish, is_tried=is_trial(question))
    except Invalid as why:
        return Answer(question, "", why=f"{why}.")
    chosen = window_of(name_in(question) or window or USUAL, now)
    if looked := _look_up(question):
        return _looked_up(toolbox, question, *looked)
    ready = ready_for(question)
    if ready is None:
        return Answer(question, "", why=_NOT_READY)
    return answered(toolbox, ready, chosen, "" if question == ready.id else question)


def answered(toolbox: Toolbox, ready: Ready, window: Window, question: str = "") -> Answer:
    """Return the answer to a ready question."""
    try:
        results = [toolbox.call(tool, _timed(arguments, window)) for tool, arguments in ready.calls]
    except NotFound as why:
        return Answer(question or ready.text, ready.text, why=f"{why}.")
    return Answer(question or ready.text, ready.text, ready.say(results), results)


def _timed(arguments: Mapping[str, Any], window: Window) -> dict[str, Any]:
    times = {WINDOW: window, EARLIER: window.earlier()}
    named = {name: f"{one.first}..{one.last}" for name, one in times.items()}
    return {name: named.get(value, value) if name == "window" else value for name, value in arguments.items()}


def _look_up(question: str) -> tuple[str, str] | None:
    """Return the tool and the id that a question names; None where it names none."""
    if found := _INCIDENT.search(question):
        return "incident", found[0]
    if found := ENTITY.search(question):
        return "entity", found[0]
    return None


def _looked_up(toolbox: Toolbox, question: str, tool: str, id_: str) -> Answer:
    try:
        result = toolbox.call(tool, {tool: id_})
    except NotFound as why:
        return Answer(question, f"What is known of {id_}?", why=f"{why}.")
    except CaseError as why:
        return Answer(question, "", why=f"{why}.")
    said = ", ".join(f"{name}: {quoted(text)}" for name, text in map(result.texts, result.rows[1:6]))
    return Answer(question, f"What is known of {id_}?", [Sentence(f"{result.title}: {said}.", (result.name,))], [result])
