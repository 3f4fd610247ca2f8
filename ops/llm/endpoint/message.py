"""What the message of a completion says: text in any shape, thoughts, a tool call, a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.json_text import as_json
from domain.summaries.thoughts import ends_with_object, spoken

_SAID = ("text", "output_text", "input_text", None)  # types of parts that are meant for the reader
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details", "thinking", "thinking_blocks", "thoughts")
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Message:
    """What was said, what was thought apart from it, and the refusal."""

    text: str
    thought: str
    refusal: str


def message_of(choice: Mapping[str, Any]) -> Message:
    """Read the first choice of a completion, or that of a text completion.

    Without a text, what counts is a tool call's arguments, or a thought that ends with a JSON
    object: some endpoints put the whole answer there.
    """
    message = next((choice[name] for name in ("message", "delta") if isinstance(choice.get(name), Mapping)), choice)
    content = message.get("content") or message.get("text") or choice.get("text")
    parts = content if isinstance(content, list) else [content]
    text = "".join(_said(part) for part in parts)
    hidden = [message[name] for name in _THOUGHTS if message.get(name)]
    thought = "".join(_strings([*hidden[:1], *(part for part in parts if isinstance(part, Mapping) and not _is_said(part))]))
    refusal = next((value for part in (message, *parts) if isinstance(value := _field(part, "refusal"), str) and value), "")
    if not text.strip():
        text = _arguments(message) or _answer_within(thought)
        thought = thought.replace(text, "", 1) if text else thought
    return Message(_plain(text), _plain(thought), _plain(refusal))


def _answer_within(thought: str) -> str:
    """Return the answer that a thought is, or that comes after it: it ends with its object; "" if none."""
    said = spoken(thought)
    return said if ends_with_object(said) else ""


def _said(part: Any) -> str:
    """Return the text of a part of the content; of one that is the answer itself its JSON."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping) or not _is_said(part):
        return ""
    text = part.get("text")
    text = text.get("value", text.get("text")) if isinstance(text, Mapping) else text
    if isinstance(text, str):
        return text
    return as_json(part) if "type" not in part and part else ""


def _is_said(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return kind is None or (isinstance(kind, str) and kind in _SAID)


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of the first tool call as JSON text, "" if there is none."""
    calls = message.get("tool_calls")
    call = calls[0] if isinstance(calls, list) and calls else message
    for name in ("function", "function_call"):
        arguments = _field(_field(call, name), "arguments")
        if arguments and isinstance(arguments, str | Mapping):
            return arguments if isinstance(arguments, str) else as_json(arguments)
    return ""


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _strings(value: Any, depth: int = _DEPTH) -> Iterator[str]:
    """Yield the strings within a value, without its keys and types."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and depth:
        for name, inner in value.items():
            if name not in ("type", "id", "format", "signature", "data"):
                yield from _strings(inner, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value:
            yield from _strings(inner, depth - 1)


def _plain(text: str) -> str:
    """Return a text that any encoding can carry: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").removeprefix("\ufeff").encode("utf-8", "replace").decode()
