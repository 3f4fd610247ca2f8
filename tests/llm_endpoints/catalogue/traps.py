"""Endpoints that lead a client astray: what is true of one request is not true of the next."""

from __future__ import annotations

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.catalogue.wordings import Wording
from tests.llm_endpoints.model import Model
from tests.llm_endpoints.reply import Reply, json_reply, plain
from tests.llm_endpoints.rules import (
    Memory,
    Rule,
    all_of,
    asks_for,
    at_first,
    at_times,
    more_than,
    openai_error,
    refuse,
    sends,
    temperature_but,
)
from tests.llm_endpoints.server import Script

_NO_TEMPERATURE = json_reply(
    400, openai_error("Unsupported parameter: 'temperature' is not supported with this model.", param="temperature")
)
_THINKS = "parameter.enable_thinking必须设置为false才能进行非流式调用"
_STREAM = "enable thinking can not be support when `stream=False`."
_NO_LISTS = openai_error("Invalid schema for response_format: arrays of objects are not supported", param="response_format")
_NO_WORD = openai_error(
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.", param="input"
)


def _without_the_word(asked: Asked, memory: Memory) -> bool:
    """Whether JSON is asked for, and no message of the user names it."""
    texts = [str(message["content"]).lower() for message in asked.messages if message["role"] == "user"]
    return asked.format == "json_object" and not any("json" in text for text in texts)


def _thinking(text: str) -> Rule:
    error = {"error": {"code": "invalid_parameter_error", "param": None, "message": text, "type": "invalid_request_error"}}
    return refuse(lambda asked, _: asked.body.get("enable_thinking") is not False, 400, error)


def after(number: int, reply: Reply) -> Rule:
    """A reply to all requests after so many."""
    key = object()
    return lambda asked, memory: reply if memory.count(key) > number else None


REVOKED = Script("revoked-later", (after(2, json_reply(400, {"error": {"message": "Bad request"}})),))
"""Answers two requests, then never again, and says nothing that could be read."""

_SLASH = "/v1/chat/completions/"

_NO_EFFORT = {
    "code": "Client specified an invalid argument",
    "error": "Model grok-4.20-0309-reasoning does not support parameter reasoningEffort.",
}
_OTHER_EFFORT = openai_error(
    "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
    param="reasoning_effort",
    code="unsupported_value",
)
_LIMIT = json_reply(429, {"error": {"message": "Rate limit reached"}}, Retry_After="1")

TRAPS = (
    Wording(Script("429 three times", (at_first(_LIMIT, _LIMIT, _LIMIT),), first=4)),
    Wording(Script("one passing 400", (at_times(plain(400, "Bad Request"), which=(2,)),), later=1.5), batches=7),
    Wording(Script("a slash at the end", path=_SLASH, lost=Reply(307, b"", {"Location": _SLASH}), first=2, later=2)),
    Wording(Script("two upstreams", (at_times(_NO_TEMPERATURE, every=3, when=sends("temperature")),)), ("json_schema", "system")),
    Wording(
        Script("no list in a schema", (refuse(all_of(asks_for("json_schema"), more_than(1)), 400, _NO_LISTS),), first=3),
        ("temperature", "system"),
    ),
    Wording(
        Script(
            "the word in the user's message",
            (refuse(asks_for("json_schema"), 400, openai_error("json_schema is not supported")), refuse(_without_the_word, 400, _NO_WORD)),
            first=3,
        ),
        ("temperature", "system"),
    ),
    Wording(Script("no cap is kept", (), Model(caps=(), rambles=3_400))),
    Wording(Script("thinks, in Chinese", (_thinking(_THINKS),), first=2)),
    Wording(Script("thinks, names no parameter", (_thinking(_STREAM),), first=2)),
    Wording(
        Script(
            "a number alone", (refuse(temperature_but(1), 400, openai_error("0.0 is out of the range (0.0, 2.0]")),), first=2, later=1.5
        ),
        ("json_schema", "system"),
        batches=6,
    ),
    Wording(Script("no effort", (refuse(sends("reasoning_effort"), 400, _NO_EFFORT),), settings={"reasoning_effort": "low"}, first=2)),
    Wording(
        Script(
            "another effort",
            (refuse(lambda asked, _: asked.body.get("reasoning_effort") not in ("low", None), 400, _OTHER_EFFORT),),
            settings={"reasoning_effort": "minimal"},
            first=2,
        )
    ),
)
