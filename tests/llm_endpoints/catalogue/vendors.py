"""Vendors of models of their own: Anthropic, Google, Mistral, Cohere, xAI, Perplexity."""

from __future__ import annotations

from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.dress import fenced, in_turn, parts, thinking
from tests.llm_endpoints.model import Model, as_it_is, completion
from tests.llm_endpoints.reply import Reply, exactly, json_reply
from tests.llm_endpoints.rules import (
    asks_for,
    at_first,
    does_not_alternate,
    is_strict,
    knows_only,
    refuse,
    refuse_unknown,
    sends,
    speaks_as,
)
from tests.llm_endpoints.server import Script


def google_error(message: str, status: str = "INVALID_ARGUMENT", code: int = 400, *details: Data) -> Any:
    """Google's errors come as a list."""
    return [{"error": {"code": code, "message": message, "status": status, **({"details": list(details)} if details else {})}}]


def _unknown_to_google(names: list[str]) -> Any:
    texts = [f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.' for name in names]
    violations = [{"description": text} for text in texts]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    return google_error("\n".join(texts), "INVALID_ARGUMENT", 400, detail)


def empty_choices(asked: Asked) -> Reply:
    """All of the cap was thought, and nothing is left of it but the usage."""
    thought = max(asked.caps.values(), default=0)
    reported = {"prompt_tokens": asked.prompt_tokens, "completion_tokens": 0, "total_tokens": asked.prompt_tokens + thought}
    return json_reply(200, completion(asked, None, None, reported)).changed(bill=exactly(asked.prompt_tokens, thought))


def total_beyond_the_sum(read: int, thought: int, wrote: int) -> Any:
    """xAI counts thoughts in the total only."""
    counted = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + thought + wrote}
    return {**counted, "completion_tokens_details": {"reasoning_tokens": thought}, "prompt_tokens_details": {"cached_tokens": read // 3}}


_OVERLOADED = json_reply(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_011CX"})
_RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
_QUOTA = json_reply(429, google_error("Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED", 429, _RETRY_INFO))
_GOOGLE = knows_only("max_completion_tokens", "max_tokens", "temperature", "response_format", "stream", "reasoning_effort", "n")
_EXTRA = "Extra inputs are not permitted"


def _mistral_forbids(asked: Asked) -> Any:
    detail = _detail(asked)
    return {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error", "param": None, "code": None}


def _magistral_forbids(asked: Asked) -> Any:
    detail = _detail(asked)
    return {"object": "error", "detail": detail, "message": detail, "type": "invalid_request_error", "param": None, "code": 3001}


def _detail(asked: Asked) -> list[Data]:
    value = asked.body.get("max_completion_tokens")
    return [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": _EXTRA, "input": value}]


_PERPLEXITY_FORMAT = {
    "error": {
        "message": "[\"At body -> response_format -> ResponseFormatText -> type: Input should be 'text'\", "
        "\"At body -> response_format -> ResponseFormatJSONSchema -> type: Input should be 'json_schema'\", "
        '"At body -> response_format -> ResponseFormatJSONSchema -> json_schema: Field required"]',
        "type": "bad_request",
        "code": 400,
    }
}
_PERPLEXITY_ROLES = {
    "error": {
        "message": "After the (optional) system message(s), user or tool message(s) should alternate with assistant message(s).",
        "type": "invalid_message",
        "code": 400,
    }
}
_COHERE_STRICT = {
    "message": "unknown field: parameter 'strict' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/about"
}
_COHERE_SCHEMA = {"message": "invalid request: response_format validation: invalid 'json_schema' provided: missing required field 'type'"}
_XAI_EFFORT = {
    "code": "Client specified an invalid argument",
    "error": "Model grok-4.20-0309-reasoning does not support parameter reasoningEffort.",
}

VENDORS = (
    Script(
        "anthropic-compat",
        (
            at_first(_OVERLOADED),
            refuse(
                sends("temperature"),
                400,
                {
                    "type": "error",
                    "error": {"type": "invalid_request_error", "message": "`temperature` is deprecated for this model."},
                    "request_id": "req_011CY",
                },
            ),
        ),
        Model(writes=fenced),
        first=3,
    ),
    Script(
        "gemini-compat",
        (at_first(_QUOTA, empty_choices), refuse_unknown(_GOOGLE, 400, _unknown_to_google)),
        Model(writes=thinking(60), usage=total_beyond_the_sum),
        base="/v1beta/openai",
        lost=json_reply(404, google_error("Requested entity was not found.", "NOT_FOUND", 404)),
        first=3,
    ),
    Script(
        "google-gemma",
        (
            refuse(speaks_as("system", "developer"), 400, google_error("Developer instruction is not enabled for models/gemma-3-12b-it")),
            refuse(asks_for("json_schema", "json_object"), 400, google_error("JSON mode is not enabled for models/gemma-3-12b-it")),
        ),
        Model(writes=fenced),
        base="/v1beta/openai",
        first=3,
    ),
    Script("mistral", (refuse(sends("max_completion_tokens"), 422, _mistral_forbids),), first=2),
    Script(
        "magistral",
        (refuse(sends("max_completion_tokens"), 422, _magistral_forbids),),
        Model(writes=thinking(80), shape=parts("thinking")),
        first=2,
    ),
    Script(
        "perplexity",
        (refuse(asks_for("json_object"), 400, _PERPLEXITY_FORMAT), refuse(does_not_alternate, 400, _PERPLEXITY_ROLES)),
        Model(writes=in_turn(as_it_is, fenced)),
        base="",
        path="/chat/completions",
    ),
    Script(
        "cohere-compat",
        (
            refuse(is_strict, 422, _COHERE_STRICT),
            refuse(asks_for("json_schema"), 400, _COHERE_SCHEMA),
        ),
        base="/compatibility/v1",
        first=3,
    ),
    Script(
        "xai",
        (refuse(sends("reasoning_effort"), 400, _XAI_EFFORT),),
        Model(writes=thinking(200), usage=total_beyond_the_sum),
    ),
)
