"""Gateways in front of others: OpenRouter, LiteLLM."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.reply import Reply, at_most, json_reply, page
from tests.llm_endpoints.rules import (
    Memory,
    Rule,
    any_of,
    asks_for,
    at_first,
    at_numbers,
    at_times,
    cap_over,
    holds,
    refuse,
    sends,
    temperature_but,
)
from tests.llm_endpoints.server import Script
from tests.llm_endpoints.truth import answer_to

_UPSTREAM = json.dumps({"error": {"message": "upstream connect error or disconnect/reset before headers", "type": "server_error"}})
_IN_A_200 = json_reply(
    200,
    {
        "error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": _UPSTREAM, "provider_name": "Novita"}},
        "user_id": "user_2kTq8",
    },
)
_NO_ENDPOINTS = {
    "error": {
        "message": "No endpoints found that can handle the requested parameters. To learn more about provider routing, visit: "
        "https://openrouter.ai/docs/provider-routing",
        "code": 404,
    }
}


def blanks_before(asked: Asked, memory: Memory, reply: Reply) -> Reply:
    """Blank lines before the JSON, as a gateway sends them to keep a connection open."""
    return replace(reply, body=b"\n" * 40 + reply.body)


def _poor(asked: Asked) -> Any:
    text = (
        f"This request requires more credits, or fewer max_tokens. You requested up to {max(asked.caps.values(), default=0)} tokens, "
        "but can only afford 900. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account"
    )
    return {"error": {"message": text, "code": 402, "metadata": {"provider_name": None}}, "user_id": "user_2kTq8"}


def _until_the_epoch(asked: Asked) -> Reply:
    """A limit that ends at a time in epoch milliseconds, in the body."""
    headers = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time() * 1000) + 800)}
    error = {"message": "Rate limit exceeded: free-models-per-min. ", "code": 429, "metadata": {"headers": headers, "provider_name": None}}
    return json_reply(429, {"error": error, "user_id": "user_2kTq8"})


def _litellm(text: str, suffix: str) -> Any:
    message = f"litellm.UnsupportedParamsError: {text} {suffix}"
    return {"error": {"message": message, "type": "None", "param": "None", "code": "400"}}


_GROUP = "Received Model Group=gpt-5-nano\nAvailable Model Group Fallbacks=None"
_NO_CAP_NAME = _litellm(
    "zai does not support parameters: ['max_completion_tokens'], for model=glm-5.2.",
    f"To drop these, set `litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: true`\n. {_GROUP}",
)
_NO_TEMPERATURE = _litellm(
    "gpt-5-nano doesn't support temperature=0.0 while reasoning is active. Only temperature=1 is supported unless reasoning_effort "
    "resolves to 'none'.",
    f"To drop unsupported params set `litellm.drop_params = True`. {_GROUP}",
)

_DEPRECATED = json.dumps(
    {
        "message": "The model returned the following errors: "
        + json.dumps(
            {"type": "error", "error": {"type": "invalid_request_error", "message": "`temperature` is deprecated for this model."}}
        )
    }
)
_BEDROCK = {
    "error": {
        "message": f"litellm.BadRequestError: BedrockException - {_DEPRECATED}. Received Model Group=claude-opus\n"
        "Available Model Group Fallbacks=None",
        "type": None,
        "param": None,
        "code": "400",
    }
}
_GUARDRAIL = {
    "error": {
        "message": "The guardrail checks defined in the config failed. You can find more information in the `hook_results` object.",
        "type": "hooks_failed",
        "param": None,
        "code": None,
    },
    "hook_results": {"before_request_hooks": [{"verdict": False, "id": "hook_pii"}], "after_request_hooks": []},
}
_KONG = json_reply(429, {"message": "API rate limit exceeded"}, RateLimit_Reset="1", RateLimit_Limit="5", RateLimit_Remaining="0")
_BAD_GATEWAY = page(
    502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx/1.24.0</center></body>\r\n</html>\r\n"
)


def _unknown_use(reply: Reply) -> Callable[[Asked], Reply]:
    """The reply of something in between: nobody knows what the model has used."""
    return lambda asked: reply.changed(bill=at_most(asked, 0, 0))


def _broken_off(asked: Asked) -> Reply:
    """A 200 whose connection breaks in the middle of the body."""
    body = json.dumps({"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": answer_to(asked)}}]})
    return Reply(200, body.encode(), breaks="in the middle", bill=at_most(asked, asked.prompt_tokens, 0))


def _limited(requests: int) -> Rule:
    """A limit of so many requests in a second, whoever asks."""
    key = object()

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        recent = [at for at in memory.numbers.get(key, []) if time.monotonic() - at < 1]
        if len(recent) >= requests:
            return json_reply(429, {"error": {"message": "Too many requests", "type": "rate_limit_error", "code": 429}}, Retry_After="1")
        memory.numbers[key] = [*recent, time.monotonic()]
        return None

    return rule


GATEWAYS = (
    Script("two-a-second", (_limited(2),), later=1.5),
    Script("openrouter-200", (at_first(_IN_A_200),), base="/api/v1", overlay=blanks_before, first=2),
    Script(
        "openrouter-404",
        (refuse(any_of(asks_for("json_schema"), sends("temperature")), 404, _NO_ENDPOINTS),),
        base="/api/v1",
        first=2,
        later=1.5,
    ),
    Script(
        "openrouter-poor",
        (refuse(cap_over(900), 402, _poor), at_times(_until_the_epoch, which=(3,))),
        base="/api/v1",
        first=7,
        later=4.5,
    ),
    Script(
        "litellm",
        (refuse(sends("max_completion_tokens"), 400, _NO_CAP_NAME), refuse(temperature_but(1), 400, _NO_TEMPERATURE)),
        base="",
        path="/chat/completions",
        first=3,
    ),
    Script("litellm-bedrock", (refuse(sends("temperature"), 400, _BEDROCK),), first=2),
    Script("portkey", (refuse(holds(6), 446, _GUARDRAIL),), unwritable=1, later=2),
    Script("kong", (at_times(_KONG, which=(1, 4)),), first=2, later=1.5),
    Script(
        "flaky-proxy",
        (at_numbers({1: _broken_off, 3: _unknown_use(_BAD_GATEWAY), 6: _unknown_use(Reply(204, b""))}),),
        first=2,
        later=1.5,
    ),
)
