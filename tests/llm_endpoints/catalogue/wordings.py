"""One refusal in many words: of a parameter, a format, a role, a length.

Each row is an endpoint that refuses one thing only: a client that reads it right gives up that and no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.catalogue.hosts import Window
from tests.llm_endpoints.reply import Reply, at_most, json_reply, plain
from tests.llm_endpoints.rules import Memory, Rule, When, asks_for, cap_over, refuse, sends, speaks_as, temperature_but
from tests.llm_endpoints.server import Script

KEPT = ("temperature", "json_schema", "system")


@dataclass(frozen=True)
class Wording:
    """An endpoint that refuses one thing, and what it still takes of `KEPT`."""

    script: Script
    keeps: tuple[str, ...] = KEPT
    batches: int = 3
    """How many batches a client needs to find out."""


def kept_by(asked: Asked) -> set[str]:
    """What a request still asks for, of `KEPT`."""
    found = {"temperature"} if "temperature" in asked.body else set()
    return found | ({"json_schema"} if asked.format == "json_schema" else set()) | ({"system"} if "system" in asked.roles else set())


def _error(message: str, **more: Any) -> Data:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}}


def _detail(where: list[Any], text: str, kind: str, given: Any = None) -> Data:
    return {"detail": [{"type": kind, "loc": where, "msg": text, "input": given}]}


_CAP, _SYSTEM = sends("max_completion_tokens"), speaks_as("system", "developer")
_SCHEMA, _ANY_FORMAT, _CAP_OVER = asks_for("json_schema"), asks_for("json_schema", "json_object"), cap_over(2048)
_NAME = "max_completion_tokens"
_FORBIDDEN = "Extra inputs are not permitted"
_SERDE = "Failed to deserialize the JSON body into the target type: unknown field `max_completion_tokens`, expected one of `model`, "
_SERDE += "`messages`, `temperature`, `max_tokens`, `response_format` at line 1 column 9"

_CAP_ROWS: dict[str, tuple[int, Any]] = {
    "json text": (422, {"object": "error", "message": json.dumps(_detail(["body", _NAME], _FORBIDDEN, "extra_forbidden")), "code": "1000"}),
    "pydantic": (422, _detail(["body", _NAME], _FORBIDDEN, "extra_forbidden", 2800)),
    "pydantic 1": (422, {"detail": [{"loc": ["body", _NAME], "msg": "extra fields not permitted", "type": "value_error.extra"}]}),
    "cannot be validated": (
        400,
        {"error": f"Your request cannot be validated, it is incorrect. detail=[{{'loc': ('body', '{_NAME}'), 'msg': '{_FORBIDDEN}'}}]"},
    ),
    "google": (400, [{"error": {"code": 400, "message": f'Invalid JSON payload received. Unknown name "{_NAME}": Cannot find field.'}}]),
    "plural": (400, _error(f"Unrecognized request arguments supplied: {_NAME}")),
    "go": (400, {"error": f'json: unknown field "{_NAME}"'}),
    "serde": (422, plain(422, _SERDE)),
    "unknown parameter": (400, _error(f"Unknown parameter: '{_NAME}'.", param=_NAME, code="unknown_parameter")),
    "another name": (400, _error(f"{_NAME} is not supported, please use max_tokens")),
    "property": (
        400,
        {"message": f"body.{_NAME}: property 'body.{_NAME}' is unsupported", "param": "validation_error", "code": "wrong_api_format"},
    ),
}
_TEMPERATURE_ROWS: dict[str, tuple[int, Any]] = {
    "o3": (
        400,
        _error("Unsupported parameter: 'temperature' is not supported with this model.", param="temperature", code="unsupported_parameter"),
    ),
    "bedrock": (
        400,
        {"message": "Malformed input request: #: extraneous key [temperature] is not permitted, please reformat your input and try again."},
    ),
    "grok": (400, {"message": "This model doesn't support the temperature field. Remove temperature and try again."}),
    "argument": (400, {"code": "invalid-argument", "error": "Argument not supported on this model: temperature"}),
    "sampling": (400, _error("Sampling parameters (temperature, top_p) are not supported by this model.")),
    "deprecated": (
        400,
        {"type": "error", "error": {"type": "invalid_request_error", "message": "`temperature` is deprecated for this model."}},
    ),
    "only one": (400, {"error": {"message": "invalid temperature: only 1 is allowed for this model", "type": "invalid_request_error"}}),
    "chinese": (400, {"error": {"code": "1210", "message": "API 调用参数有误：该模型不支持 temperature 参数"}}),
    "cannot be used": (422, {"detail": "temperature cannot be used with reasoning models"}),
    "incompatible": (
        400,
        {"errors": [{"code": "invalid_input", "message": "Parameter temperature is incompatible with this model"}], "trace": "0af1"},
    ),
    "in a 200": (
        200,
        {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": '{"detail":"temperature is not supported"}'}}},
    ),
    "wrapped": (
        400,
        _error(
            f"litellm.BadRequestError: XaiException - {json.dumps({'error': {'message': 'Unsupported value: temperature must be 1'}})}",
            code="400",
        ),
    ),
}
_SCHEMA_ROWS: dict[str, tuple[int, Any]] = {
    "of type": (400, _error("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", param=None)),
    "values": (
        400,
        _error(
            "Invalid value: 'json_schema'. Supported values are: 'json_object' and 'text'.",
            param="response_format.type",
            code="invalid_value",
        ),
    ),
    "literal": (
        422,
        _detail(["body", "response_format", "type"], "Input should be 'text' or 'json_object'", "literal_error", "json_schema"),
    ),
    "llama": (400, _error('response_format type must be one of "text" and "json_object", but got: json_schema')),
    "structured": (
        400,
        {"object": "error", "message": "Structured outputs are not supported by this engine", "type": "BadRequestError", "code": 400},
    ),
    "unavailable": (400, _error("This response_format type is unavailable now", code="invalid_request_error")),
    "keyword": (400, _error("invalid schema for response format: response_format/json_schema/pattern: enum is not supported")),
    "version": (
        400,
        _error("response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later", code="BadRequest"),
    ),
}
_FORMAT_ROWS: dict[str, tuple[int, Any]] = {
    "json mode": (
        400,
        [{"error": {"code": 400, "message": "JSON mode is not enabled for models/gemma-3-12b-it", "status": "INVALID_ARGUMENT"}}],
    ),
    "json output": (400, _error("deepseek-reasoner does not support Json Output.")),
    "not supported": (400, _error("'response_format' is not supported with this model", param="response_format")),
    "nothing at all": (422, Reply(422, b"", {})),
    "bare 400": (400, plain(400, "Bad Request")),
}
_SYSTEM_ROWS: dict[str, tuple[int, Any]] = {
    "vllm": (400, {"object": "error", "message": "System role not supported", "type": "BadRequestError", "param": None, "code": 400}),
    "got system": (400, _error("Only user, assistant and tool roles are supported, got system.")),
    "one of": (400, _error("'system' is not one of ['user', 'assistant'] - 'messages.0.role'")),
    "literal": (422, _detail(["body", "messages", 0, "role"], "Input should be 'user' or 'assistant'", "literal_error", "system")),
    "developer": (400, [{"error": {"code": 400, "message": "Developer instruction is not enabled for models/gemma-3-12b-it"}}]),
    "500": (500, {"detail": "Jinja template error: System role not supported"}),
    "alternate": (400, _error("Conversation roles must alternate user/assistant/user/assistant/...")),
}
_CAP_NUMBER_ROWS: dict[str, tuple[int, Any]] = {
    "at most": (
        400,
        _error(
            "max_tokens is too large: 2800. This model supports at most 2048 completion tokens, whereas you provided 2800.",
            param="max_tokens",
        ),
    ),
    "maximum": (400, _error("max_tokens: 2800 > 2048, which is the maximum allowed number of output tokens for claude-3-haiku")),
    "range": (400, {"error": {"code": "invalid_parameter_error", "message": "Range of max_tokens should be [1, 2048]"}}),
    "above": (
        400,
        _error(
            f"Invalid '{_NAME}': integer above maximum value. Expected a value <= 2048, but got 2800 instead.",
            code="integer_above_max_value",
        ),
    ),
    "exceed": (400, {"error_code": "BAD_REQUEST", "message": "max_tokens (2800) cannot exceed 2048."}),
    "no number": (416, _error(f"{_NAME} is limited for this model")),
}
_TOO_LONG_ROWS: dict[str, tuple[int, str]] = {
    "openai": (
        400,
        "This model's maximum context length is {window} tokens. However, your messages resulted in {read} tokens. Please reduce the "
        "length of the messages.",
    ),
    "anthropic": (400, "prompt is too long: {read} tokens > {window} maximum"),
    "google": (400, "The input token count ({read}) exceeds the maximum number of tokens allowed ({window})."),
    "mistral": (400, "Prompt contains {read} tokens, too large for model with {window} maximum context length"),
    "xai": (400, "This model's maximum prompt length is {window} but the request contains {read} tokens."),
    "groq": (400, "Please reduce the length of the messages or completion."),
    "qwen": (400, "Range of input length should be [1, {window}]"),
    "kimi": (400, "Invalid request: Your request exceeded model token limit: {window}"),
    "bedrock": (400, "Input is too long for requested model."),
    "lm studio": (400, "The number of tokens to keep from the initial prompt is greater than the context length"),
    "sglang": (400, "Requested token count exceeds the model's maximum context length of {window} tokens."),
    "llama.cpp": (400, "request ({read} tokens) exceeds the available context size ({window} tokens), try increasing it"),
    "llama.cpp 500": (500, "the request exceeds the available context size. try increasing the context size or enable context shift"),
    "payload": (413, "Payload Too Large"),
}


def _too_long(status: int, text: str) -> Rule:
    window = Window()

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        if not window.is_full(asked, memory):
            return None
        told = json_reply(status, _error(text.format(read=asked.prompt_tokens, window=window.of(asked, memory))))
        return told.changed(bill=at_most(asked, 0, 0)) if status == 500 else told

    return rule


def _rows(kind: str, when: When, rows: dict[str, tuple[int, Any]], keeps: tuple[str, ...], first: int = 2) -> Iterator[Wording]:
    for name, (status, body) in rows.items():
        script = Script(f"{kind}: {name}", (refuse(when, status, _body(status, body)),), first=first, later=1.5)
        yield Wording(script, keeps, 6 if isinstance(body, Reply) and kind == "format" else 3)


def _body(status: int, body: Any) -> Any:
    """The body; nobody knows whether a failure of the server is billed."""
    if isinstance(body, Reply):
        return lambda asked: body
    return body if status != 500 else (lambda asked: json_reply(status, body).changed(bill=at_most(asked, 0, 0)))


def _all() -> Iterator[Wording]:
    yield from _rows("cap", _CAP, _CAP_ROWS, KEPT)
    yield from _rows("temperature", temperature_but(1), _TEMPERATURE_ROWS, ("json_schema", "system"))
    yield from _rows("schema", _SCHEMA, _SCHEMA_ROWS, ("temperature", "system"), first=3)
    yield from _rows("format", _ANY_FORMAT, _FORMAT_ROWS, ("temperature", "system"), first=3)
    yield from _rows("system", _SYSTEM, _SYSTEM_ROWS, ("temperature", "json_schema"), first=3)
    yield from _rows("cap number", _CAP_OVER, _CAP_NUMBER_ROWS, KEPT, first=4)
    for name, (status, text) in _TOO_LONG_ROWS.items():
        yield Wording(Script(f"too long: {name}", (_too_long(status, text),), first=4, later=3))


WORDINGS = {wording.script.name: wording for wording in _all()}
