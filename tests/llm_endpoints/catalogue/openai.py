"""OpenAI and Azure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.dress import thinking
from tests.llm_endpoints.model import Model, completion, usage
from tests.llm_endpoints.reply import Reply, exactly, json_reply
from tests.llm_endpoints.rules import (
    Memory,
    Rule,
    asks_for,
    holds,
    knows_only,
    openai_error,
    refuse,
    refuse_unknown,
    says_no_json,
    sends,
    speaks_as,
    temperature_but,
)
from tests.llm_endpoints.server import Script

_KNOWN = knows_only("max_completion_tokens", "max_tokens", "temperature", "response_format", "stream", "reasoning_effort", "n", "seed")


def _unrecognized(names: list[str]) -> Any:
    return openai_error(f"Unrecognized request argument{'s' if len(names) > 1 else ''} supplied: {', '.join(names)}")


def open_places(schema: Any, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Where an object of a schema is open, or does not require all that it names: strict mode takes none."""
    if not isinstance(schema, dict):
        return []
    found = [one for name, below in schema.get("properties", {}).items() for one in open_places(below, (*place, "properties", name))]
    found += open_places(schema.get("items"), (*place, "items"))
    if schema.get("type") == "object":
        closed = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(schema.get("properties", ()))
        found += [] if closed else [place]
    return found


def strict_schema(asked: Asked, memory: Memory) -> Reply | None:
    """A strict schema must be closed."""
    wanted = (asked.body.get("response_format") or {}).get("json_schema") or {}
    open_ones = open_places(wanted.get("schema")) if wanted.get("strict") else []
    if not open_ones:
        return None
    name, context = wanted.get("name"), str(tuple(open_ones[0]))
    text = f"Invalid schema for response_format '{name}': In context={context}, "
    text += "'additionalProperties' is required to be supplied and to be false."
    return json_reply(400, openai_error(text, param="response_format"))


BOTH_CAPS = refuse(
    lambda asked, _: len(asked.caps) > 1,
    400,
    openai_error(
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", code="invalid_parameter_combination"
    ),
)
NO_JSON_WORD = refuse(
    says_no_json,
    400,
    openai_error("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", param="messages"),
)
STRICT: tuple[Rule, ...] = (refuse_unknown(_KNOWN, 400, _unrecognized), BOTH_CAPS, strict_schema, NO_JSON_WORD)
NO_MAX_TOKENS = refuse(
    sends("max_tokens"),
    400,
    openai_error(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param="max_tokens",
        code="unsupported_parameter",
    ),
)
ONLY_TEMPERATURE_1 = refuse(
    temperature_but(1),
    400,
    openai_error(
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        param="temperature",
        code="unsupported_value",
    ),
)
NO_SYSTEM = refuse(
    speaks_as("system", "developer"),
    400,
    openai_error(
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        param="messages[0].role",
        code="unsupported_value",
    ),
)
NO_FORMAT = refuse(
    asks_for("json_schema", "json_object"),
    400,
    openai_error(
        "Unsupported parameter: 'response_format' is not supported with this model.",
        param="response_format",
        code="unsupported_parameter",
    ),
)


def cached(read: int, thought: int, wrote: int) -> Any:
    return {**usage(read, thought, wrote), "prompt_tokens_details": {"cached_tokens": read // 2, "audio_tokens": 0}}


_RESOURCE = json_reply(404, {"error": {"code": "404", "message": "Resource not found"}})
_NO_DEPLOYMENT = json_reply(
    404,
    {
        "error": {
            "code": "DeploymentNotFound",
            "message": "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
            "please wait a moment and try again.",
        }
    },
)
_FORMAT_TOO_NEW = refuse(
    asks_for("json_schema"),
    400,
    {
        "error": {
            "message": "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
            "type": "",
            "param": "",
            "code": "BadRequest",
        }
    },
)
_PROMPT_FILTERED = {
    "error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify "
        "your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {
                "hate": {"filtered": False, "severity": "safe"},
                "jailbreak": {"filtered": True, "detected": True},
                "self_harm": {"filtered": False, "severity": "safe"},
                "sexual": {"filtered": False, "severity": "safe"},
                "violence": {"filtered": False, "severity": "safe"},
            },
        },
    }
}


def _foundry_refusal(asked: Asked) -> Reply:
    """A 400 in the form of a completion, which is billed."""
    error = {"code": "content_filter", "message": "The response was filtered due to the prompt triggering the content management policy."}
    body = completion(asked, {"role": "assistant", "content": ""}, "content_filter", {"prompt_tokens": 55, "total_tokens": 55})
    body["choices"][0]["content_filter_results"] = {"error": error}
    return json_reply(400, body).changed(bill=exactly(55, 0))


def filtered(reason: str) -> Any:
    """A completion that the filter has emptied, with 14 tokens written."""

    def reply(asked: Asked) -> Reply:
        told = {"role": "assistant", "content": None}
        body = completion(asked, told, reason, usage(asked.prompt_tokens, 0, 14))
        return json_reply(200, body).changed(bill=exactly(asked.prompt_tokens, 14))

    return reply


def _deployment(version: str) -> dict[str, Any]:
    return {
        "base": "",
        "path": "/openai/deployments/tiny/chat/completions",
        "key_header": "api-key",
        "lost": _RESOURCE,
        "settings": {"azure_api_version": version},
    }


_GPT5 = Script("openai-gpt5", (*STRICT, NO_MAX_TOKENS, ONLY_TEMPERATURE_1), first=2)

OPENAI = (
    Script("openai-4.1", STRICT, Model(usage=cached)),
    _GPT5,
    replace(_GPT5, name="openai-gpt5-thinks", model=Model(writes=thinking(1500)), first=3),
    Script("openai-o1-mini", (NO_SYSTEM, NO_MAX_TOKENS, ONLY_TEMPERATURE_1, NO_FORMAT, *STRICT), first=4),
)
AZURE = (
    Script("azure-classic", (_FORMAT_TOO_NEW, *STRICT), first=2, **_deployment("2024-06-01")),
    Script("azure-v1", STRICT, base="/openai/v1", lost=_NO_DEPLOYMENT, settings={"azure_api_version": "preview"}),
    Script("azure-prompt-filter", (*STRICT, refuse(holds(2), 400, _PROMPT_FILTERED)), unwritable=1, first=5, **_deployment("2024-10-21")),
    Script(
        "azure-foundry-filter",
        (*STRICT, refuse(holds(2), 400, _foundry_refusal), refuse(holds(7), 200, filtered("content_filter"))),
        base="/openai/v1",
        unwritable=2,
        first=5,
        later=2.5,
    ),
)
