"""An answer that comes as server-sent events though it was asked for whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ops.llm.endpoint.body import json_of

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
_JOINED = ("text", "reasoning_content", "reasoning", "refusal")


def is_event_stream(body: bytes) -> bool:
    """Return whether a body begins as an event stream does."""
    return body.lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(_FIELDS)


def joined_events(body: bytes) -> Any:
    """Return the completion whose parts are the events in a body. Raises ValueError if there is none.

    An error among the events is an error of the whole.
    """
    whole: dict[str, Any] = {"choices": []}
    texts: dict[str, list[Any]] = defaultdict(list)
    finish, has_choice = None, False
    for event in _events(body):
        whole |= {name: value for name, value in event.items() if name != "choices" and value is not None}
        choices = event.get("choices")
        for choice in choices[:1] if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                finish, has_choice = choice.get("finish_reason") or finish, True
                _gather(texts, choice)
    if has_choice:
        message: dict[str, Any] = {name: "".join(pieces) for name, pieces in texts.items() if name != "content"}
        message["content"] = list(_parts(texts["content"]))
        message["tool_calls"] = [{"function": {"arguments": message.pop("arguments", "")}}]
        whole["choices"] = [{"message": message, "finish_reason": finish}]
    return whole


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of the events; a body of comments and one JSON value is that value."""
    lines = [line.strip(b"\0 \t\r") for line in body.lstrip(b"\xef\xbb\xbf").split(b"\n")]
    data = [line.removeprefix(b"data:").strip() for line in lines if line.startswith(b"data:")]
    if not data:
        data = [b"\n".join(line for line in lines if not line.startswith(_FIELDS))]
    events = [each for line in data if line not in (b"", b"[DONE]") and isinstance(each := json_of(line), dict)]
    if not events:
        raise ValueError("no event holds a JSON object")
    yield from events


def _parts(pieces: list[Any]) -> Iterator[Any]:
    """Yield the parts of a content in order; the texts that follow each other as one part."""
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_text:
            yield {"text": "".join(run)}
        else:
            yield from run


def _gather(texts: dict[str, list[Any]], choice: dict[str, Any]) -> None:
    """Add the texts of an event's choice to those before it."""
    delta = choice.get("delta")
    piece = delta if isinstance(delta, dict) else choice.get("message") if not texts["content"] else {}
    piece = piece if isinstance(piece, dict) else choice
    content = piece.get("content")
    texts["content"] += content if isinstance(content, list) else [] if content is None else [content]
    for name in _JOINED:
        if isinstance(piece.get(name), str):
            texts[name].append(piece[name])
    calls = piece.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            texts["arguments"].append(function["arguments"])
