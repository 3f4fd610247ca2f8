"""More hosts: Databricks, GitHub Models, Bedrock, Workers AI, SambaNova, Cerebras, NVIDIA, Novita."""

from __future__ import annotations

from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.catalogue.hosts import Window
from tests.llm_endpoints.catalogue.openai import BOTH_CAPS, STRICT
from tests.llm_endpoints.dress import content_object, followed_by_blanks, parts, thinking
from tests.llm_endpoints.model import Model
from tests.llm_endpoints.reply import Reply, at_most, json_reply
from tests.llm_endpoints.rules import (
    Memory,
    asks_for,
    at_first,
    cap_over,
    does_not_alternate,
    openai_error,
    refuse,
    sends,
    temperature_but,
)
from tests.llm_endpoints.server import Script


def _cap_too_large(asked: Asked) -> Any:
    return {"error_code": "BAD_REQUEST", "message": f"max_tokens ({max(asked.caps.values())}) cannot exceed 2048."}


def _github_window(window: Window) -> Any:
    def rule(asked: Asked, memory: Memory) -> Reply | None:
        if not window.is_full(asked, memory):
            return None
        text = f"Request body too large for gpt-4.1-mini model. Max size: {window.of(asked, memory)} tokens."
        return json_reply(413, {"error": {"code": "tokens_limit_reached", "message": text, "details": text}})

    return rule


def _nim_forbids(asked: Asked) -> Any:
    value = asked.body.get("max_completion_tokens")
    location = "'loc': ('body', 'max_completion_tokens')"
    return {"error": f"[{{'type': 'extra_forbidden', {location}, 'msg': 'Extra inputs are not permitted', 'input': {value}}}]"}


_BLOCKED_SCHEMA = {
    "message": "Unsupported JSON schema fields: {'items', 'enum'}",
    "type": "invalid_request_error",
    "param": "response_format",
    "code": "wrong_api_format",
}
_NO_SCHEMA_HERE = json_reply(
    200,
    {
        "result": {},
        "success": False,
        "errors": [{"message": "AiError: 5025: This model doesn't suuport JSON Schema.", "code": 5025}],
        "messages": [],
    },
)
_GITHUB_FORMAT = {
    "error": {
        "message": "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
        "code": "BadRequest",
        "param": "",
        "type": "",
    }
}
_WAIT = openai_error("Throttling error: Too many tokens, please wait before trying again.", kind="throttling_error")
_GROK = {"message": "This model doesn't support the temperature field. Remove temperature and try again."}
_NOVITA = {"code": 400, "reason": "INVALID_REQUEST_BODY", "message": "invalid request error trace_id: 8a1f0c5d2e", "metadata": {}}
_DATABRICKS_ROLES = {
    "error_code": "BAD_REQUEST",
    "message": "Bad request: rpc error: code = InvalidArgument desc = Chat message input roles must alternate between 'user' "
    "and 'assistant'.",
}


def _out_of_tokens(asked: Asked, memory: Memory) -> Reply | None:
    """A 400 in place of a completion that was cut in its thoughts; whether it is billed, nobody knows."""
    if max(asked.caps.values(), default=10**6) >= 2000 * max(1, len(asked.incidents)):
        return None
    text = "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens."
    return json_reply(400, openai_error(text)).changed(bill=at_most(asked, 0, 0))


CLOUDS = (
    Script(
        "openai-out-of-tokens",
        (*STRICT, _out_of_tokens),
        Model(writes=thinking(1200)),
        first=2,
    ),
    Script(
        "databricks",
        (refuse(does_not_alternate, 400, _DATABRICKS_ROLES), refuse(cap_over(2048), 400, _cap_too_large)),
        Model(writes=thinking(60), shape=parts("reasoning")),
        base="/serving-endpoints",
        first=2,
    ),
    Script(
        "github-models",
        (refuse(asks_for("json_schema"), 400, _GITHUB_FORMAT), _github_window(Window())),
        base="/inference",
        first=4,
        later=2,
    ),
    Script("bedrock-grok", (at_first(json_reply(429, _WAIT)), refuse(sends("temperature"), 400, _GROK)), base="/openai/v1", first=3),
    Script(
        "workers-ai",
        (lambda asked, _: _NO_SCHEMA_HERE if asked.format == "json_schema" else None,),
        Model(shape=content_object),
        base="/client/v4/accounts/0a1b/ai/v1",
        first=2,
    ),
    Script("sambanova", (), Model(stream=True)),
    Script("cerebras", (BOTH_CAPS, refuse(asks_for("json_schema"), 400, _BLOCKED_SCHEMA)), first=2),
    Script("nvidia-nim", (refuse(sends("max_completion_tokens"), 400, _nim_forbids),), Model(writes=followed_by_blanks), first=2),
    Script("novita", (refuse(asks_for("json_schema"), 400, _NOVITA),), base="/v3/openai", first=2, later=1.5),
    Script(
        "kimi-elsewhere",
        (refuse(temperature_but(0.6), 400, {"error": {"message": "invalid temperature: only 0.6 is allowed for this model"}}),),
        first=2,
    ),
)
