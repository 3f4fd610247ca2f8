"""The request that agreed terms make of chat messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.llm.endpoint.agreed import Agreed, Limits
from ops.llm.endpoint.form import SUMMARIES, AnswerForm
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.verdict import Asked
from ops.llm.settings import LlmSettings

Messages = Sequence[Mapping[str, str]]

# No tokenizer in use makes more than one token of a byte (those that work on bytes start from single ones,
# the others fall back on them), so that the bytes of a prompt bound its tokens for any model, without
# knowing its tokenizer. English is about four times shorter; what was booked too much comes back when the
# endpoint has said what it used.
_TOKENS_PER_BYTE = 1
_TOKENS_PER_MESSAGE = 64  # for the roles, and for what a chat template adds
_SMALL = 0.01
_MARGIN = 16  # tokens that a window keeps free
ENOUGH = 300
"""Tokens of a summary: with fewer it is not worth asking."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request: its JSON, the cap in it, and the bytes of its prompt."""

    body: Mapping[str, Any]
    cap: int
    prompt_bytes: int
    asked: Asked

    @property
    def most_read(self) -> int:
        """Return the most tokens that the model can read for it."""
        messages = self.body["messages"]
        options = len(json.dumps({name: value for name, value in self.body.items() if name != "messages"}))
        return _TOKENS_PER_BYTE * (self.prompt_bytes + options) + _TOKENS_PER_MESSAGE * len(messages)


def request_of(
    settings: LlmSettings, agreed: Agreed, limits: Limits, messages: Messages, summaries: int, form: AnswerForm = SUMMARIES
) -> ChatRequest:
    """Return the request for so many answers of a form."""
    merged = _merged(messages) if agreed.system == "merged" else [dict(message) for message in messages]
    if agreed.says_json:
        merged[-1]["content"] += "\n\nAnswer in json."
    prompt_bytes = sum(len(message["content"].encode("utf-8", "replace")) for message in merged)
    cap = cap_of(settings, agreed, limits, prompt_bytes, summaries)
    body: dict[str, Any] = {"model": settings.model, "messages": merged, agreed.cap: cap}
    sent = {Capability.CAP}
    for capability, options in _options(settings, agreed, form, summaries):
        body |= options
        sent.add(capability)
    if any(message["role"] == "system" for message in merged):
        sent.add(Capability.SYSTEM)
    for name, value in agreed.extra.items():
        _put(body, name, value)
    return ChatRequest(body, cap, prompt_bytes, Asked(frozenset(sent), cap))


def cap_of(settings: LlmSettings, agreed: Agreed, limits: Limits, prompt_bytes: int, summaries: int) -> int:
    """Return the tokens that the answer may have: what is set, within what the model has room for."""
    cap = settings.answer_tokens * summaries * agreed.cap_factor
    if limits.cap:
        cap = min(cap, limits.cap)
    if limits.window and limits.tokens_per_byte:
        cap = min(cap, limits.window - int(limits.tokens_per_byte * prompt_bytes) - _MARGIN)
    return max(cap, 1)


def _options(settings: LlmSettings, agreed: Agreed, form: AnswerForm, summaries: int) -> list[tuple[Capability, dict[str, Any]]]:
    """Return the parameters of each capability that are sent."""
    options: list[tuple[Capability, dict[str, Any]]] = []
    if settings.temperature is not None and agreed.temperature != "out":
        temperature = max(settings.temperature, _SMALL) if agreed.temperature == "small" else settings.temperature
        options.append((Capability.TEMPERATURE, {"temperature": temperature}))
    if agreed.format != "none":
        options.append((Capability.FORMAT, {"response_format": _format(agreed.format, form, summaries)}))
    effort = settings.reasoning_effort if agreed.effort == "as set" else agreed.effort
    if effort and effort != "out":
        options.append((Capability.EFFORT, {"reasoning_effort": effort}))
    return options


def _format(rung: str, form: AnswerForm, summaries: int) -> dict[str, Any]:
    if rung == "object":
        return {"type": "json_object"}
    schema = form.schema(summaries)
    named = {"name": form.name, "strict": True, "schema": schema} if rung == "strict" else _plain(form.name, schema)
    return {"type": "json_schema", "json_schema": named}


def _plain(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without what strict mode asks for and other endpoints refuse."""
    return {"name": name, "schema": _without(schema, "additionalProperties")}


def _without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, key) for name, inner in value.items() if name != key}
    return [_without(inner, key) for inner in value] if isinstance(value, list) else value


def _merged(messages: Messages) -> list[dict[str, str]]:
    """Return the messages with the rules at the head of the first of the user's: roles then alternate."""
    rules = [message["content"] for message in messages if message["role"] == "system"]
    others = [dict(message) for message in messages if message["role"] != "system"]
    others[0]["content"] = "\n\n".join((*rules, others[0]["content"]))
    return others


def _put(body: dict[str, Any], name: str, value: bool) -> None:
    """Set a parameter; a dotted name leads into an object."""
    *path, last = name.split(".")
    for part in path:
        inner = body.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        body = inner
    body[last] = value
