"""Hosts of open models: Groq, Together, Fireworks, DeepInfra, DeepSeek, DashScope, Moonshot, Zhipu."""

from __future__ import annotations

from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.catalogue.openai import filtered
from tests.llm_endpoints.dress import finished, reasoning, thinking
from tests.llm_endpoints.model import Model, Written, completion, thoughts_of, usage
from tests.llm_endpoints.reply import Reply, at_most, exactly, json_reply
from tests.llm_endpoints.rules import (
    Memory,
    asks_for,
    at_first,
    at_times,
    cap_over,
    holds,
    more_than,
    openai_error,
    refuse,
    says_no_json,
    sends,
    temperature_but,
)
from tests.llm_endpoints.server import Script
from tests.llm_endpoints.truth import answer_to


def _failed_generation(asked: Asked) -> Reply:
    """A check that fails though what was written is whole: there is a fence around it."""
    text = f"```json\n{answer_to(asked)}\n```"
    error = openai_error(
        "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.", code="json_validate_failed"
    )
    error["error"]["failed_generation"] = text
    bill = at_most(asked, 0, 0)
    return json_reply(400, error).changed(bill=bill, answers=True)


def _too_large(asked: Asked) -> Any:
    wanted = asked.prompt_tokens + max(asked.caps.values(), default=0)
    return openai_error(
        f"Request too large for model `llama-3.3-70b-versatile` in organization `org_01hw3k` service tier `on_demand` on tokens per minute "
        f"(TPM): Limit 6000, Requested {wanted}, please reduce your message size and try again. Need more tokens? Upgrade to Dev Tier "
        "today at https://console.groq.com/settings/billing",
        kind="tokens",
        code="rate_limit_exceeded",
    )


_GROQ_LIMIT = json_reply(
    429,
    openai_error(
        "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_01hw3k` service tier `on_demand` on tokens per minute "
        "(TPM): Limit 6000, Used 5200, Requested 1100. Please try again in 1s.",
        kind="tokens",
        code="rate_limit_exceeded",
    ),
    Retry_After="1",
    x_ratelimit_remaining_tokens="0",
    x_ratelimit_reset_tokens="1s",
)


class Window:
    """A context window that takes about three of the incidents of a first batch, whatever its tokenizer."""

    def __init__(self) -> None:
        self._key = object()

    def of(self, asked: Asked, memory: Memory) -> int | None:
        """The window in tokens, once there was a batch to fit it to."""
        if self._key not in memory.numbers and len(asked.incidents) > 2:
            memory.numbers[self._key] = asked.prompt_tokens * 7 // 10
        return memory.numbers.get(self._key)

    def is_full(self, asked: Asked, memory: Memory) -> bool:
        window = self.of(asked, memory)
        return window is not None and asked.prompt_tokens > window


def _together(window: Window) -> Any:
    def rule(asked: Asked, memory: Memory) -> Reply | None:
        if not window.is_full(asked, memory):
            return None
        text = f"The input ({asked.prompt_tokens} tokens) is longer than the model's context length ({window.of(asked, memory)} tokens)."
        return json_reply(400, {"id": "oN7yM3k", "error": {"message": text, "type": "invalid_request_error", "param": None, "code": None}})

    return rule


def _fireworks_forbids(asked: Asked) -> Any:
    value = asked.body.get("max_completion_tokens")
    text = f"Extra inputs are not permitted, field: 'max_completion_tokens', value: {value}"
    return {"error": {"object": "error", "type": "invalid_request_error", "code": "invalid_request_error", "message": text}}


def spoilt(body: bytes, written: bool = True) -> Any:
    """A 200 whose body is nothing; what the model did for it, nobody says."""
    return lambda asked: Reply(200, body).changed(bill=at_most(asked, asked.prompt_tokens if written else 0, 0))


def network_error(asked: Asked) -> Reply:
    """A generation that broke off, under 200."""
    body = completion(asked, {"role": "assistant", "content": ""}, "network_error", usage(asked.prompt_tokens, 0, 0))
    return json_reply(200, body).changed(bill=exactly(asked.prompt_tokens, 0))


def long_thought(every: int) -> Any:
    """Thoughts longer than the cap of a first request, now and then: twice the cap will do."""
    key = object()

    def writes(asked: Asked, memory: Memory, written: Written) -> Written:
        number = memory.count(key)
        tokens = 1000 * max(1, len(asked.incidents)) if number % every == 0 or memory.numbers.get(key) == asked.text else 40
        if number % every == 0:
            memory.numbers[key] = asked.text
        return Written(written.text, thoughts_of(tokens))

    return writes


_CHINESE_LIMIT = json_reply(429, {"error": {"code": "1302", "message": "您的账户已达到速率限制，请您控制请求频率"}})
_INSPECTED = {
    "error": {
        "code": "data_inspection_failed",
        "param": None,
        "message": "Input data may contain inappropriate content.",
        "type": "data_inspection_failed",
    },
    "id": "chatcmpl-9f3a",
    "request_id": "9f3a7c52-0a3e-9c3f-8f0e-1f2a3b4c5d6e",
}
_NEEDS_THINKING_OFF = {
    "error": {
        "code": "invalid_parameter_error",
        "param": None,
        "message": "parameter.enable_thinking must be set to false for non-streaming calls",
        "type": "invalid_request_error",
    },
    "request_id": "5e0f7c52-0a3e-9c3f-8f0e-1f2a3b4c5d6e",
}
_BUSY = json_reply(429, {"error": {"message": "Model busy, retry later"}})
_UNAVAILABLE_FORMAT = {
    "error": {
        "message": "This response_format type is unavailable now",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_request_error",
    }
}

HOSTS = (
    Script(
        "groq-llama",
        (
            refuse(asks_for("json_schema"), 400, openai_error("This model does not support response format `json_schema`.")),
            refuse(says_no_json, 400, openai_error("'messages' must contain the word 'json' in some form, to use 'response_format'.")),
            at_times(_failed_generation, every=5, when=asks_for("json_object")),
        ),
        base="/openai/v1",
        first=2,
    ),
    Script(
        "groq-small-tpm",
        (refuse(more_than(2), 413, _too_large), at_times(_GROQ_LIMIT, every=5)),
        base="/openai/v1",
        first=3,
        later=2.5,
    ),
    Script("together", (_together(Window()),), Model(writes=finished("eos")), first=3, later=2),
    Script("fireworks", (refuse(sends("max_completion_tokens"), 400, _fireworks_forbids),), base="/inference/v1", first=2),
    Script("deepinfra", (at_first(_BUSY, _BUSY),), base="/v1/openai", first=3),
    Script(
        "deepseek-chat",
        (
            refuse(asks_for("json_schema"), 400, _UNAVAILABLE_FORMAT),
            refuse(
                says_no_json,
                400,
                openai_error("Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'."),
            ),
            at_times(spoilt(b"\n\n\n\n\n"), every=4),
        ),
        first=2,
        later=1.4,
    ),
    Script(
        "deepseek-reasoner",
        (
            refuse(
                asks_for("json_schema", "json_object"),
                400,
                openai_error("deepseek-reasoner does not support Json Output.", code="invalid_request_error"),
            ),
            refuse(
                cap_over(8192),
                400,
                openai_error("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", code="invalid_request_error"),
            ),
        ),
        Model(writes=long_thought(3), shape=reasoning("reasoning_content")),
        first=2,
        later=2,
    ),
    Script(
        "dashscope",
        (
            refuse(lambda asked, _: asked.body.get("enable_thinking") is not False, 400, _NEEDS_THINKING_OFF),
            refuse(holds(6), 400, _INSPECTED),
        ),
        base="/compatible-mode/v1",
        unwritable=1,
        first=2,
        later=2,
    ),
    Script(
        "moonshot",
        (
            refuse(
                temperature_but(1),
                400,
                {"error": {"message": "invalid temperature: only 1 is allowed for this model", "type": "invalid_request_error"}},
            ),
        ),
        Model(writes=thinking(800), shape=reasoning("reasoning_content")),
        first=3,
    ),
    Script(
        "zhipu",
        (at_first(_CHINESE_LIMIT, network_error), refuse(holds(6), 200, filtered("sensitive"))),
        base="/api/paas/v4",
        unwritable=1,
        first=3,
        later=2.5,
    ),
)
