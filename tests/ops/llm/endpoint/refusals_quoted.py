"""Refusals as endpoints of the field write them, shortened, with what they mean."""

from __future__ import annotations

import json
from typing import Any

from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.verdict import Kind

CAP, TEMPERATURE, FORMAT, SYSTEM, EFFORT = Capability


def openai(message: str, param: str | None = None, code: str | None = None, kind: str = "invalid_request_error") -> Any:
    """The form of OpenAI, and of most."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


BEDROCK = {
    "message": "The model returned the following errors: "
    + json.dumps({"error": {"message": "`temperature` is deprecated for this model."}})
}
NAMED: dict[str, tuple[int, Any, set[Capability]]] = {
    "OpenAI max_tokens": (
        400,
        openai(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ),
        {CAP},
    ),
    "OpenAI temperature": (
        400,
        openai(
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
            "temperature",
            "unsupported_value",
        ),
        {TEMPERATURE},
    ),
    "o3-mini": (400, openai("Unsupported parameter: 'temperature' is not supported with this model."), {TEMPERATURE}),
    "Moonshot": (400, openai("invalid temperature: only 1 is allowed for this model"), {TEMPERATURE}),
    "LiteLLM of Bedrock": (400, openai(f"litellm.BadRequestError: BedrockException - {json.dumps(BEDROCK)}", code="400"), {TEMPERATURE}),
    "Grok on Bedrock": (400, {"message": "This model doesn\u2019t support the temperature field"}, {TEMPERATURE}),
    "LiteLLM drop_params": (
        400,
        openai(
            "litellm.UnsupportedParamsError: gpt-5-nano doesn't support temperature=0.1 while reasoning is active. Only temperature=1 is "
            "supported unless reasoning_effort resolves to 'none'. To drop, set litellm.drop_params = True. Received Model Group=x",
            "None",
            "400",
        ),
        {TEMPERATURE},
    ),
    "TGI": (422, {"error": "Input validation error: `temperature` must be strictly positive", "error_type": "validation"}, {TEMPERATURE}),
    "Mistral": (
        422,
        {
            "object": "error",
            "message": {
                "detail": [
                    {
                        "type": "extra_forbidden",
                        "loc": ["body", "max_completion_tokens"],
                        "msg": "Extra inputs are not permitted",
                        "input": 32000,
                    }
                ]
            },
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        },
        {CAP},
    ),
    "vLLM, a Python value in a text": (
        400,
        {
            "object": "error",
            "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted'}]",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
        {CAP},
    ),
    "NIM": (
        400,
        {"error": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted'}]"},
        {CAP},
    ),
    "NIM with words before": (
        422,
        {"detail": "Your request cannot be validated, it is incorrect. detail=[{'loc': ('body', 'temperature'), 'msg': 'Extra inputs'}]"},
        {TEMPERATURE},
    ),
    "Fireworks": (400, openai("Extra inputs are not permitted, field: 'max_completion_tokens', value: 700"), {CAP}),
    "Cerebras": (
        400,
        {
            "message": "body.maxCompletionTokens: property 'body.maxCompletionTokens' is unsupported\n"
            "body.temperature: property 'body.temperature' is unsupported",
            "type": "invalid_request_error",
            "param": "validation_error",
            "code": "wrong_api_format",
        },
        {CAP, TEMPERATURE},
    ),
    "Gemini, a list": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": 'Invalid JSON payload received. Unknown name "max_completion_tokens": Cannot find field.',
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        {CAP},
    ),
    "LiteLLM list of names": (
        400,
        openai(
            "litellm.UnsupportedParamsError: zai does not support parameters: ['max_completion_tokens'], for model=glm-5.2.", "None", "400"
        ),
        {CAP},
    ),
    "Cohere": (
        422,
        {"message": "unknown field: parameter 'strict' is not a valid field. For proper usage, see the documentation."},
        {FORMAT},
    ),
    "OpenAI, several in camelCase": (
        400,
        openai("Unrecognized request arguments supplied: maxCompletionTokens, responseFormat"),
        {CAP, FORMAT},
    ),
    "Groq schema": (400, openai("This model does not support response format `json_schema`."), {FORMAT}),
    "DeepSeek": (400, openai("This response_format type is unavailable now", code="invalid_request_error"), {FORMAT}),
    "Azure by version": (
        400,
        {
            "error": {
                "message": "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
                "code": "BadRequest",
                "param": "",
            }
        },
        {FORMAT},
    ),
    "LM Studio": (400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}, {FORMAT}),
    "Cohere schema": (
        400,
        {"message": "invalid request: response_format validation: invalid 'json_schema' provided: missing required field 'type'"},
        {FORMAT},
    ),
    "Groq keyword": (
        400,
        openai("invalid schema for response format: response_format/json_schema/next_step: minItems is not supported"),
        {FORMAT},
    ),
    "Cerebras keyword": (400, {"message": "Unsupported JSON schema fields: {'minItems', 'items'}", "param": "response_format"}, {FORMAT}),
    "DeepSeek reasoner": (400, openai("deepseek-reasoner does not support Json Output."), {FORMAT}),
    "Gemma JSON mode": (
        400,
        [{"error": {"code": 400, "message": "JSON mode is not enabled for models/gemma-3-27b-it", "status": "INVALID_ARGUMENT"}}],
        {FORMAT},
    ),
    "Workers AI": (
        400,
        {"errors": [{"message": "AiError: 5025: This model doesn't suuport JSON Schema.", "code": 5025}], "success": False, "result": {}},
        {FORMAT},
    ),
    "vLLM with Gemma": (
        400,
        {"object": "error", "message": "System role not supported", "type": "BadRequestError", "param": None, "code": 400},
        {SYSTEM},
    ),
    "o1-mini": (
        400,
        openai("Unsupported value: 'messages[0].role' does not support 'system' with this model.", "messages[0].role", "unsupported_value"),
        {SYSTEM},
    ),
    "Gemma at Google": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "Developer instruction is not enabled for models/gemma-3-12b-it",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        {SYSTEM},
    ),
    "Mistral 7B's template": (
        400,
        {
            "object": "error",
            "message": "Conversation roles must alternate user/assistant/... Conversation roles must alternate user/...",
            "code": 400,
        },
        {SYSTEM},
    ),
    "llama.cpp template": (
        500,
        {"error": {"code": 500, "message": "Only user and assistant roles are supported!", "type": "server_error"}},
        {SYSTEM},
    ),
    "OpenAI effort": (400, openai("Unrecognized request argument supplied: reasoning_effort"), {EFFORT}),
    "xAI effort": (
        400,
        {"code": "invalid-argument", "error": "Model grok-4.20-0309-reasoning does not support parameter reasoningEffort."},
        {EFFORT},
    ),
    "a name and no word of refusal": (400, {"error": "bad value: temperature 0"}, {TEMPERATURE}),
    "Java": (
        400,
        {"timestamp": 1, "status": 400, "error": "Bad Request", "message": "temperature: out of range", "path": "/v1/chat/completions"},
        {TEMPERATURE},
    ),
    "ASP.NET": (
        400,
        {"title": "One or more validation errors occurred.", "errors": {"temperature": ["The value is out of range."]}},
        {TEMPERATURE},
    ),
    "events": (400, 'data: {"error": {"message": "temperature is not supported"}}\n\n', {TEMPERATURE}),
    "a JSON schema of the body": (400, {"error": "additionalProperties: 'max_completion_tokens' was unexpected"}, {CAP}),
    "Rust": (422, {"error": "unknown field `max_completion_tokens`, expected one of `model`, `temperature`, `response_format`"}, {CAP}),
    "Rails": (422, {"errors": [{"field": "reasoning_effort", "message": "is not included in the list"}]}, {EFFORT}),
    "jsonschema": (400, {"error": "'system' is not one of ['user', 'assistant'] - 'messages.0.role'"}, {SYSTEM}),
    "French": (400, {"error": "le param\u00e8tre temperature n'est pas pris en charge"}, {TEMPERATURE}),
    "a cap that is missing": (422, {"detail": [{"type": "missing", "loc": ["body", "max_tokens"], "msg": "Field required"}]}, {CAP}),
    "Python": (500, {"detail": "create() got an unexpected keyword argument 'max_completion_tokens'"}, {CAP}),
}
"""What -> status, body, the capabilities that it names."""

OTHERS: dict[str, tuple[int, Any, Kind]] = {
    "key": (401, openai("Incorrect API key provided: sk-abc***. You can find your API key at https://…", code="invalid_api_key"), Kind.KEY),
    "key at Gemini": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "details": [{"reason": "API_KEY_INVALID"}],
                }
            }
        ],
        Kind.KEY,
    ),
    "key at NIM": (403, {"status": 403, "title": "Forbidden", "detail": "Authorization failed"}, Kind.KEY),
    "organisation": (403, openai("Your organization must be verified to use the model"), Kind.KEY),
    "no quota": (
        429,
        openai("You exceeded your current quota, please check your plan and billing details.", code="insufficient_quota"),
        Kind.MONEY,
    ),
    "no balance": (402, openai("Insufficient Balance", code="invalid_request_error", kind="unknown_error"), Kind.MONEY),
    "Anthropic's credit": (400, openai("Your credit balance is too low to access the Anthropic API."), Kind.MONEY),
    "Azure's filter": (
        400,
        {
            "error": {
                "message": "The response was filtered due to the prompt triggering Azure OpenAI\u2019s content management policy.",
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_result": {"jailbreak": {"filtered": True, "detected": True}},
                },
            }
        },
        Kind.FILTER,
    ),
    "OpenAI's policy": (
        400,
        openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", code="invalid_prompt"),
        Kind.FILTER,
    ),
    "DashScope's inspection": (
        400,
        {"error": {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}},
        Kind.FILTER,
    ),
    "Zhipu's filter": (400, {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}}, Kind.FILTER),
    "Portkey": (446, {"error": {"message": "The guardrail checks defined in the config failed"}}, Kind.FILTER),
    "OpenRouter's moderation": (
        403,
        {"error": {"code": 403, "message": "Your input was flagged", "metadata": {"reasons": ["violence"]}}},
        Kind.FILTER,
    ),
    "rate limit": (
        429,
        openai("Rate limit reached for gpt in organization org-x. Please try again in 4.77s.", code="rate_limit_exceeded"),
        Kind.THROTTLED,
    ),
    "Bedrock's throttle": (400, {"message": "Throttling error: Too many tokens, please wait before trying again."}, Kind.THROTTLED),
    "overloaded": (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Kind.THROTTLED),
    "loading": (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, Kind.THROTTLED),
    "error under 200": (
        200,
        {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": '{"error":{"message":"busy"}}'}}},
        Kind.THROTTLED,
    ),
    "Zhipu's rate": (429, {"error": {"code": "1302", "message": "您的账户已达到速率限制，请您控制请求频率"}}, Kind.THROTTLED),
    "too much a minute": (
        413,
        openai(
            "Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 6294, please reduce your message size",
            code="rate_limit_exceeded",
            kind="tokens",
        ),
        Kind.TOO_LONG,
    ),
    "too long at Anthropic": (400, openai("prompt is too long: 213462 tokens > 200000 maximum"), Kind.TOO_LONG),
    "too long at Google": (
        400,
        [{"error": {"code": 400, "message": "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)."}}],
        Kind.TOO_LONG,
    ),
    "too long at Together": (
        422,
        openai("The input (516368 tokens) is longer than the model's context length (262144 tokens)."),
        Kind.TOO_LONG,
    ),
    "too long at Mistral": (
        400,
        {"message": "Prompt contains 200000 tokens, too large for model with 131072 maximum context length"},
        Kind.TOO_LONG,
    ),
    "too long at xAI": (
        400,
        {"error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens"},
        Kind.TOO_LONG,
    ),
    "too long at Groq": (400, openai("Please reduce the length of the messages or completion."), Kind.TOO_LONG),
    "too long at Qwen": (400, openai("Range of input length should be [1, 98304]"), Kind.TOO_LONG),
    "too long at Kimi": (400, openai("Invalid request: Your request exceeded model token limit: 256000"), Kind.TOO_LONG),
    "too long at Bedrock": (400, {"message": "Input is too long for requested model."}, Kind.TOO_LONG),
    "too long at TGI": (
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` "
            "tokens and 700 `max_new_tokens`"
        },
        Kind.CAP,
    ),
    "too long at LM Studio": (400, {"error": "tokens to keep from the initial prompt is greater than the context length"}, Kind.TOO_LONG),
    "too long at SGLang": (400, openai("Requested token count exceeds the model's maximum context length of 4096 tokens."), Kind.TOO_LONG),
    "the response_format is only mentioned": (400, openai("maximum context length exceeded when using response_format"), Kind.TOO_LONG),
    "vLLM, nothing left": (400, openai("max_tokens must be at least 1, got -186."), Kind.TOO_LONG),
    "the word json": (
        400,
        openai("Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'."),
        Kind.JSON_WORD,
    ),
    "Groq's failed generation": (
        400,
        {
            "error": {
                "message": "Failed to generate JSON. Please adjust your prompt.",
                "code": "json_validate_failed",
                "failed_generation": "```json\n{",
            }
        },
        Kind.GENERATION,
    ),
    "no room to finish": (400, openai("Could not finish the message because max_tokens or model output limit was reached."), Kind.LENGTH),
    "Ollama": (404, openai('model "x" not found, try pulling it first', kind="api_error"), Kind.MISSING),
    "Xinference": (400, {"detail": "[address=0.0.0.0:1, pid=57224] Model not found, uid: x"}, Kind.MISSING),
    "HF router": (400, openai("The requested model 'x' is not supported by any provider you have enabled."), Kind.MISSING),
    "Azure deployment": (
        404,
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}},
        Kind.MISSING,
    ),
    "SiliconFlow": (400, {"code": 20012, "message": "Model does not exist. Please check it carefully.", "data": None}, Kind.MISSING),
    "OpenRouter model": (400, {"error": {"message": "x is not a valid model ID", "code": 400}}, Kind.MISSING),
    "LM Studio path": (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, Kind.MISSING),
    "nginx": (404, "<html><head><title>404 Not Found</title></head></html>", Kind.MISSING),
    "OpenRouter without any": (404, {"error": {"message": "No endpoints found for x/tiny.", "code": 404}}, Kind.MISSING),
    "no routing": (
        404,
        {"error": {"message": "No endpoints found that can handle the requested parameters. To learn more, visit: …", "code": 404}},
        Kind.UNNAMED,
    ),
    "Mediapipe": (
        400,
        {"error": "Mediapipe execution failed. MP status - INVALID_ARGUMENT: Request processing failed, check its correctness."},
        Kind.UNNAMED,
    ),
    "nothing": (400, "", Kind.UNNAMED),
    "a blank 500": (500, "Internal Server Error", Kind.BROKEN),
    "bad gateway": (502, "<html><title>502 Bad Gateway</title></html>", Kind.BROKEN),
}
"""What -> status, body, kind."""
