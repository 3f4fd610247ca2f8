"""What proxies, libraries and versions lay over any endpoint: transport, forms of bodies, usage."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.model import Usage
from tests.llm_endpoints.reply import Reply, at_most
from tests.llm_endpoints.rules import Memory
from tests.llm_endpoints.server import KEY, Script

Laid = Callable[[Script], Script]


def _on_answers(change: Callable[[Asked, Reply], Reply]) -> Laid:
    """Change every response that is a completion."""

    def overlay(asked: Asked, memory: Memory, reply: Reply) -> Reply:
        return change(asked, reply) if reply.answers else reply

    return lambda script: script.under(overlay)


def _on_bodies(change: Callable[[Data], Any]) -> Laid:
    """Change the JSON of every completion that is not a stream of events."""

    def changed(asked: Asked, reply: Reply) -> Reply:
        if reply.body.startswith(b"data:"):
            return reply
        body = json.loads(reply.body)
        return replace(reply, body=json.dumps(change(body) or body).encode()) if "choices" in body else reply

    return _on_answers(changed)


def _on_the_first(change: Callable[[Asked, Reply], Reply]) -> Laid:
    """Change the first completion only; nobody knows whether it is billed."""
    key = object()

    def overlay(asked: Asked, memory: Memory, reply: Reply) -> Reply:
        if not reply.answers or memory.count(key) > 1:
            return reply
        return replace(change(asked, reply), answers=False, bill=at_most(asked, 0, 0))

    return lambda script: script.under(overlay)


def _on_refusals(change: Callable[[Asked, str], str]) -> Laid:
    """Change the message of every refusal."""

    def overlay(asked: Asked, memory: Memory, reply: Reply) -> Reply:
        if reply.answers or reply.status < 400:
            return reply
        body = json.loads(reply.body)
        told = body[0] if isinstance(body, list) else body
        holder = told["error"] if isinstance(told.get("error"), dict) else told
        holder["message"] = change(asked, str(holder.get("message")))
        return replace(reply, body=json.dumps(body).encode())

    return lambda script: script.under(overlay)


def _reports(usage: Usage) -> Laid:
    return lambda script: replace(script, model=replace(script.model, usage=usage))


def _with_type(content_type: str | None) -> Callable[[Asked, Reply], Reply]:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return lambda asked, reply: replace(reply, headers=headers)


def _packed(name: str, pack: Callable[[bytes], bytes]) -> Callable[[Asked, Reply], Reply]:
    return lambda asked, reply: replace(reply, body=pack(reply.body), headers={**reply.headers, "Content-Encoding": name})


def _text_for_message(body: Data) -> None:
    for choice in body["choices"]:
        choice["text"] = choice.pop("message")["content"]


def _second_choice(body: Data) -> None:
    body["choices"].append({"index": 1, "finish_reason": "stop", "message": {"role": "assistant", "content": "I am the other one."}})


def _content(change: Callable[[str], str]) -> Callable[[Data], None]:
    def changed(body: Data) -> None:
        for choice in body["choices"]:
            if isinstance(choice["message"]["content"], str):
                choice["message"]["content"] = change(choice["message"]["content"])

    return changed


def _without(*names: str) -> Callable[[Data], Data]:
    return lambda body: {name: value for name, value in body.items() if name not in names}


_MORE: Data = {
    "x_groq": {"id": "req_01"},
    "timings": {"predicted_ms": 1.5},
    "metadata": None,
    "note": "\ud800",
    "warnings": [{"error": "none"}],
}
_NOISE = "\x1b[31m\r\n<script>alert(1)</script> [more](https://errors.invalid/e?k=1)‮⁦ "


def _in_strings(read: int, thought: int, wrote: int) -> Data:
    return {"prompt_tokens": str(read), "completion_tokens": str(thought + wrote), "total_tokens": str(read + thought + wrote)}


def _in_floats(read: int, thought: int, wrote: int) -> Data:
    return {"prompt_tokens": float(read), "completion_tokens": float(thought + wrote), "total_tokens": None}


def _absurd(read: int, thought: int, wrote: int) -> Data:
    return {"prompt_tokens": 10**12, "completion_tokens": -5, "total_tokens": 10**12}


def _zeros(read: int, thought: int, wrote: int) -> Data:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _nothing(read: int, thought: int, wrote: int) -> None:
    """Null."""


TRANSPORT: dict[str, Laid] = {
    "gzip": _on_answers(_packed("gzip", gzip.compress)),
    "deflate": _on_answers(_packed("deflate", zlib.compress)),
    "no content type": _on_answers(_with_type(None)),
    "text/plain": _on_answers(_with_type("text/plain")),
    "charset": _on_answers(_with_type("application/json; charset=utf-8")),
    "problem+json": _on_answers(_with_type("application/problem+json")),
    "BOM": _on_answers(lambda asked, reply: replace(reply, body=b"\xef\xbb\xbf" + reply.body)),
    "blanks before": _on_answers(lambda asked, reply: replace(reply, body=b" \n" * 30_000 + reply.body)),
    "late first byte": _on_answers(lambda asked, reply: replace(reply, waits_s=0.6)),
    "blanks that drip": _on_answers(lambda asked, reply: replace(reply, drips_s=0.6)),
    "early hints": _on_answers(lambda asked, reply: replace(reply, early_hints=True)),
}
FAILURES: dict[str, Laid] = {
    "broken before": _on_the_first(lambda asked, reply: replace(reply, breaks="before")),
    "broken in the middle": _on_the_first(lambda asked, reply: replace(reply, breaks="in the middle")),
    "chunks without an end": _on_the_first(lambda asked, reply: replace(reply, breaks="at the end")),
    "no content": _on_the_first(lambda asked, reply: Reply(204, b"")),
    "bad gateway": _on_the_first(
        lambda asked, reply: Reply(502, b"<html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
    ),
}
BODIES: dict[str, Laid] = {
    "two megabytes": _on_bodies(lambda body: body.update(trace="x" * 2_000_000)),
    "no id": _on_bodies(_without("id", "created", "model")),
    "another object": _on_bodies(lambda body: body.update(object="chat.completions")),
    "more keys": _on_bodies(lambda body: body.update(_MORE)),
    "index 3": _on_bodies(lambda body: body["choices"][0].update(index=3)),
    "two choices": _on_bodies(_second_choice),
    "NUL": _on_bodies(_content(lambda text: f"\x00{text}\x00\x00")),
}
TEXT_ALONE: dict[str, Laid] = {"text for message": _on_bodies(_text_for_message)}
USAGES: dict[str, Laid] = {
    "usage in strings": _reports(_in_strings),
    "usage in floats": _reports(_in_floats),
    "absurd usage": _reports(_absurd),
    "usage of zeros": _reports(_zeros),
    "no usage": _reports(_nothing),
}
ERRORS: dict[str, Laid] = {
    "errors in color": _on_refusals(lambda asked, text: f"{text}{_NOISE}"),
    "errors of 300 KB": _on_refusals(lambda asked, text: text + " at line 1\n" * 30_000),
    "errors echo the prompt": _on_refusals(lambda asked, text: f"{text} Request: {asked.text}"),
    "errors echo the key": _on_refusals(lambda asked, text: f"{text} (Authorization: Bearer {KEY})"),
}
OVERLAYS = {**TRANSPORT, **FAILURES, **BODIES, **TEXT_ALONE, **USAGES, **ERRORS}
"""Whoever can ask an endpoint can ask it through each of these."""
