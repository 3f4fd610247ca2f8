"""How endpoints say "not now", and for how long: a refusal in place of the first answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.overlays import Laid
from tests.llm_endpoints.reply import Reply, json_reply
from tests.llm_endpoints.rules import Memory


def _throttled(text: str = "Rate limit reached.", headers: Callable[[], dict[str, str]] = dict) -> Laid:
    """A 429 in place of the first request that would be answered."""
    error = {"error": {"message": text, "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
    key = object()

    def overlay(asked: Asked, memory: Memory, reply: Reply) -> Reply:
        if not reply.answers or memory.count(key) > 1:
            return reply
        limited = json_reply(429, error)
        return replace(limited, headers={**limited.headers, **headers()})

    return lambda script: script.under(overlay)


def _refused_once(status: int, body: Any) -> Laid:
    """Another refusal in place of the first answer."""
    key = object()
    reply = Reply(status, b"", {}) if body is None else json_reply(status, body)

    def overlay(asked: Asked, memory: Memory, answer: Reply) -> Reply:
        return reply if answer.answers and memory.count(key) == 1 else answer

    return lambda script: script.under(overlay)


LIMITS: dict[str, Laid] = {
    "Retry-After 1": _throttled(headers=lambda: {"Retry-After": "1"}),
    "Retry-After 0.5": _throttled(headers=lambda: {"Retry-After": "0.5"}),
    "Retry-After 0": _throttled(headers=lambda: {"Retry-After": "0"}),
    "Retry-After date": _throttled(headers=lambda: {"Retry-After": formatdate(time.time() + 1, usegmt=True)}),
    "Retry-After negative": _throttled(headers=lambda: {"Retry-After": "-5"}),
    "Retry-After nan": _throttled(headers=lambda: {"Retry-After": "nan"}),
    "Retry-After empty": _throttled(headers=lambda: {"Retry-After": ""}),
    "retry-after-ms": _throttled(headers=lambda: {"retry-after-ms": "500"}),
    "reset 500ms": _throttled(headers=lambda: {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "500ms"}),
    "reset of both": _throttled(
        headers=lambda: {
            "x-ratelimit-remaining-requests": "12",
            "x-ratelimit-reset-requests": "6m0s",
            "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "0m0.36s",
        }
    ),
    "try again in": _throttled(
        "Rate limit reached for requests. Please try again in 0m0.363142857s. Visit https://limits.invalid to learn more."
    ),
    "throttled by Google": _refused_once(
        429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "0.5s"}]}}]
    ),
    "throttled by Bedrock": _refused_once(400, {"message": "Throttling error: Too many tokens, please wait before trying again."}),
    "throttled by LiteLLM": _refused_once(
        429, {"error": {"message": "No deployments available for selected model, Try again in 1 seconds.", "code": "429"}}
    ),
    "throttled without a body": _refused_once(429, None),
    "overloaded": _refused_once(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "overloaded, says Google": _refused_once(
        503, {"error": {"code": 503, "message": "The model is overloaded. Please try again later.", "status": "UNAVAILABLE"}}
    ),
    "overloaded, says TGI": _refused_once(429, {"error": "Model is overloaded", "error_type": "overloaded"}),
    "no capacity": _refused_once(498, {"error": {"message": "Flex tier capacity exceeded", "type": "capacity_exceeded"}}),
    "throttled in a 200": _refused_once(
        200, {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "slow down"}}}
    ),
}
