"""What a model may answer in one turn: a tool and its arguments, as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.summaries.objects import objects_in
from domain.summaries.thoughts import spoken
from ops.assistant.proposing import PROPOSE
from ops.assistant.sources import FAR_TOOLS
from ops.assistant.tools import TOOLS
from ops.llm.endpoint.form import AnswerForm

ANSWER = "answer"
"""What a model calls when it is done: it names rows, code makes the sentences."""
TURN_CHARS = 8000


@dataclass(frozen=True)
class Turn:
    """One turn of a model."""

    tool: str
    arguments: Mapping[str, Any]


def turn_of(text: str, count: int = 1) -> Mapping[str, Any]:
    """Return the last object with a tool in what a model said. Raises ValueError."""
    said = spoken(text)
    if len(said) > TURN_CHARS:
        raise ValueError(f"the turn has {len(said):,} characters, at most {TURN_CHARS:,} are read")
    found = [each.value for each in objects_in(said) if isinstance(each.value.get("tool"), str)]
    if not found:
        raise ValueError('write one JSON object: {"tool": NAME, "arguments": {...}}')
    return found[-1]


def read_turn(text: str) -> Turn:
    """Return a turn. Its arguments may be an object, or JSON in a text. Raises ValueError."""
    value = turn_of(text)
    arguments = value.get("arguments")
    if isinstance(arguments, str):
        arguments = json.loads(arguments or "{}")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise ValueError("arguments is no object")
    return Turn(value["tool"], arguments)


def _schema(count: int) -> dict[str, Any]:
    properties = {"tool": {"type": "string", "enum": [*TOOLS, *FAR_TOOLS, PROPOSE, ANSWER]}, "arguments": {"type": "string"}}
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


TURNS = AnswerForm("tool_call", _schema, turn_of)
"""A strict schema cannot hold free arguments: there they are JSON in a text."""
