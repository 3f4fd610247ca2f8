"""How the models of the endpoints answer: what they write, where it is cut, and what is reported of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.llm_endpoints.asked import Asked, Data, beginning, tokens_of
from tests.llm_endpoints.reply import Bill, Reply, at_most, exactly, json_reply
from tests.llm_endpoints.rules import Memory
from tests.llm_endpoints.truth import answer_to

CAPS = ("max_completion_tokens", "max_tokens")
_MUSING = "The evidence names the alerts and their times, so the summary cites them, and the steps follow from it. "


@dataclass(frozen=True)
class Written:
    """What a model wrote, before an endpoint gives it a form."""

    text: str
    thoughts: str = ""
    finish: str = "stop"

    @property
    def tokens(self) -> tuple[int, int]:
        return tokens_of(self.thoughts), tokens_of(self.text)


Writes = Callable[[Asked, Memory, Written], Written]
Shape = Callable[[Asked, Memory, Written], Data]
Usage = Callable[[int, int, int], Any]
"""From the tokens read, thought and written to what is reported."""


def thoughts_of(tokens: int) -> str:
    return beginning(_MUSING * (4 * tokens // len(_MUSING) + 1), tokens)


def as_it_is(asked: Asked, memory: Memory, written: Written) -> Written:
    return written


def message(asked: Asked, memory: Memory, written: Written) -> Data:
    return {"role": "assistant", "content": written.text}


def usage(read: int, thought: int, wrote: int) -> Data:
    """As OpenAI reports it: thoughts are part of what was written."""
    written = thought + wrote
    counted: Data = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    if thought:
        counted["completion_tokens_details"] = {"reasoning_tokens": thought}
    return counted


@dataclass(frozen=True)
class Model:
    """A model with its server. `caps` are the names of the bound that it honours."""

    writes: Writes = as_it_is
    shape: Shape = message
    usage: Usage = usage
    caps: tuple[str, ...] = CAPS
    uncapped: int | None = None
    """The most it writes where no bound that it knows is sent; None: all."""
    cut: str = "length"
    cut_uncapped: str = "length"
    rambles: int = 0
    """Tokens of blanks that follow the answer where no bound that it knows is sent."""
    stream: bool = False
    """Answers with server-sent events though nobody asked for them."""

    def answer(self, asked: Asked, memory: Memory) -> Reply:
        written = self.writes(asked, memory, Written(answer_to(asked)))
        known = [cap for name, cap in asked.caps.items() if name in self.caps]
        if not known and self.rambles:
            written = replace(written, text=written.text + "\n" * 4 * self.rambles)
        limit = min(known) if known else self.uncapped
        given = written if limit is None else _within(written, limit, self.cut if known else self.cut_uncapped)
        body, bill = self._completion(asked, memory, given)
        reply = _streamed(body) if self.stream else json_reply(200, body)
        return reply.changed(bill=bill, answers=given.text.strip() == written.text.strip())

    def _completion(self, asked: Asked, memory: Memory, written: Written) -> tuple[Data, Bill]:
        read, (thought, wrote) = asked.prompt_tokens, written.tokens
        reported = self.usage(read, thought, wrote)
        body = completion(asked, self.shape(asked, memory, written), written.finish, reported)
        return body, bill_of(asked, reported, read, thought + wrote)


def completion(asked: Asked, told: Data | None, finish: str | None, reported: Any = None) -> Data:
    """A chat completion with one choice, or with none if `told` is None."""
    choices = [] if told is None else [{"index": 0, "message": told, "logprobs": None, "finish_reason": finish}]
    body = {"id": f"chatcmpl-{asked.number:08d}", "object": "chat.completion", "created": 1764331200, "model": asked.body.get("model")}
    return {**body, "choices": choices, **({} if reported is MISSING else {"usage": reported})}


MISSING = object()
"""A usage that is not even null."""


def bill_of(asked: Asked, reported: Any, read: int, written: int) -> Bill:
    """What is to be booked for a completion that really read and wrote so many tokens and reports a usage."""
    unknown = at_most(asked, read, written)
    if not isinstance(reported, dict):
        return unknown
    prompt, wrote, total = (_number(reported.get(name)) for name in ("prompt_tokens", "completion_tokens", "total_tokens"))
    beyond = (total or 0) - prompt if prompt else 0
    known = max(wrote or 0, beyond)
    if not prompt:
        return Bill(unknown.read, (known, known) if known else unknown.written)
    return exactly(prompt, known) if known or not written else Bill((prompt, prompt), unknown.written)


def _number(value: Any) -> int | None:
    """A count however it is written; None for what is none, or absurd."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() and 0 <= number < 1e9 else None


def _within(written: Written, limit: int, cut: str) -> Written:
    thought, wrote = written.tokens
    if thought + wrote <= limit:
        return written
    return Written(beginning(written.text, max(0, limit - thought)), beginning(written.thoughts, limit), cut)


def _streamed(body: Data) -> Reply:
    """The completion as events: a role, the content in pieces, the reason of the end, the usage."""
    import json

    (choice,) = body["choices"]
    text, pieces = choice["message"]["content"], []
    for begin in range(0, len(text), 40):
        pieces.append({"index": 0, "delta": {"content": text[begin : begin + 40]}, "finish_reason": None})
    pieces = [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}, *pieces]
    pieces.append({"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]})
    head = {"id": body["id"], "object": "chat.completion.chunk", "created": body["created"], "model": body["model"]}
    events = [{**head, "choices": [piece]} for piece in pieces] + [{**head, "choices": [], "usage": body["usage"]}]
    lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return Reply(200, lines.encode(), {"Content-Type": "text/event-stream"})
