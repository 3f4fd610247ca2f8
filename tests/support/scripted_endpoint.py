"""A scripted OpenAI-compatible endpoint over real HTTP, and writers that ask it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from werkzeug import Request, Response

from domain.incidents.pattern import pattern_of
from domain.summaries.objects import objects_in
from domain.summaries.summary import Summary, SummaryWriter
from ops.llm.settings import LlmSettings
from tests.support.incident_samples import START, alert, incident_of

Data = dict[str, Any]
Reply = str | int | float | bytes | Data
Script = Callable[[list[Data]], Reply]
"""From what is asked for, one dictionary per incident, to the reply: text or JSON as the model's answer, an
int as a status, a float as a wait in seconds before a good answer, bytes as the raw body."""


Serve = Callable[..., LlmSettings]


def incidents(count: int, alerts: int = 6) -> list[Data]:
    """So many different incidents; number n has five times n more alerts than number 0."""
    return [incident_of([alert(n, START + number * 777_000 + n * 1000) for n in range(alerts + 5 * number)]) for number in range(count)]


def asked_for(request: Data) -> Any:
    """The incidents in a request's prompt, also where one message holds both the rules and the data."""
    texts = [message["content"] for message in request["messages"] if message["role"] == "user"]
    found = [each.value for each in objects_in(texts[0])]
    data = next(value for value in found if "facts" in value or "incidents" in value)
    return data.get("incidents", [data])


def draft_for(data: Data) -> Data:
    """A good draft for an incident in a prompt."""
    fact = data["facts"][0]
    if any(each["name"] == "distinct_account" and each["value"] == 1 for each in data["facts"]):
        return {
            "headline": f"A lone account with {fact['value']} alerts [{fact['id']}]",
            "explanation": f"This account raised {fact['value']} alerts [{fact['id']}] in a short time.",
            "pattern": "lone account",
            "next_steps": ["Review the strongest alerts first."],
        }
    return {
        "headline": f"A ring with {fact['value']} alerts [{fact['id']}]",
        "explanation": f"The accounts of this ring share one device and raised {fact['value']} alerts [{fact['id']}] in a short time.",
        "pattern": pattern_of({each["name"]: each["value"] for each in data["facts"]}),
        "next_steps": ["Review the strongest alerts first."],
    }


def good(asked: list[Data]) -> Data:
    """The answer of a model that does what it is told."""
    if "incident" not in asked[0]:
        return draft_for(asked[0])
    return {"summaries": [{"incident": data["incident"], **draft_for(data)} for data in asked]}


def one_by_one(*replies: Reply) -> Script:
    """Each reply once, the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


class Endpoint:
    """A handler for pytest-httpserver. `formats` are the response formats it accepts, `usage` the tokens it
    reports.
    """

    def __init__(
        self,
        script: Script = good,
        formats: tuple[str | None, ...] = ("json_schema", "json_object", None),
        usage: tuple[int, int] | None = (900, 150),
    ) -> None:
        self.script, self.formats, self.usage = script, formats, usage
        self.requests: list[Data] = []
        self.paths: list[str] = []
        self._lock = threading.Lock()

    @property
    def batches(self) -> list[int]:
        """How many incidents each request asked for."""
        return [len(asked_for(request)) for request in self.requests]

    def __call__(self, request: Request) -> Response:
        asked = request.get_json()
        with self._lock:
            self.requests.append(asked)
            self.paths.append(request.full_path)
            if asked.get("response_format", {}).get("type") not in self.formats:
                return Response(json.dumps({"error": {"message": "unknown parameter response_format"}}), 400)
            reply = self.script(asked_for(asked))
        if isinstance(reply, float):
            time.sleep(reply)
            reply = good(asked_for(asked))
        if isinstance(reply, bytes):
            return Response(reply, content_type="application/json")
        if isinstance(reply, int):
            return Response(json.dumps({"error": {"message": "scripted"}}), reply, content_type="application/json")
        return Response(json.dumps(self.completion(reply)), content_type="application/json")

    def completion(self, reply: str | Data) -> Data:
        content = json.dumps(reply) if isinstance(reply, dict) else reply
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        if self.usage:
            read, written = self.usage
            body["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        return body


def write_all(writer: SummaryWriter, documents: Sequence[Data]) -> list[Summary]:
    """The summaries of documents that come all at once."""

    async def run() -> list[Summary]:
        try:
            return await asyncio.gather(*(writer.write(document) for document in documents))
        finally:
            await writer.close()

    return asyncio.run(run())


def write_each(writer: SummaryWriter, documents: Sequence[Data]) -> list[Summary]:
    """The summaries of documents that come one after the other."""

    async def run() -> list[Summary]:
        try:
            return [await writer.write(document) for document in documents]
        finally:
            await writer.close()

    return asyncio.run(run())
