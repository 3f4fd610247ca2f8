"""Gateways in front of others: OpenRouter, LiteLLM."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.reply import Reply, json_reply
from tests.llm_endpoints.rules import Memory, any_of, asks_for, at_first, at_times, cap_over, refuse, sends, temperature_but
from tests.llm_endpoints.server import Script

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

GATEWAYS = (
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
)
