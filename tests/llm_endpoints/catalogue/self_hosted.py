"""Servers that people run themselves: vLLM, SGLang, TensorRT-LLM, TGI, llama.cpp, LM Studio, Triton."""

from __future__ import annotations

from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.catalogue.hosts import Window
from tests.llm_endpoints.dress import (
    answer_as_reasoning,
    both,
    fenced,
    finished,
    harmony,
    in_turn,
    reasoning,
    shapes_in_turn,
    think_text,
    tool_call,
    unclosed_thought,
)
from tests.llm_endpoints.model import Model, completion, message, usage
from tests.llm_endpoints.reply import Reply, at_most, exactly, json_reply, plain
from tests.llm_endpoints.rules import (
    Memory,
    asks_for,
    at_first,
    at_times,
    does_not_alternate,
    openai_error,
    refuse,
    speaks_as,
)
from tests.llm_endpoints.server import Script


def vllm_error(text: str) -> Data:
    return {"object": "error", "message": text, "type": "BadRequestError", "param": None, "code": 400}


_ALTERNATE = "Conversation roles must alternate user/assistant/user/assistant/..."


def _window_of(tokens: int) -> Any:
    """vLLM's two ways to say that prompt and cap are too long together."""

    def rule(asked: Asked, _: Memory) -> Reply | None:
        read, (name, cap) = asked.prompt_tokens, next(iter(asked.caps.items()), ("max_tokens", 0))
        if read >= tokens:
            text = f"This model's maximum context length is {tokens} tokens. However, you requested {read + cap} tokens "
            text += f"({read} in the messages, {cap} in the completion). Please reduce the length of the messages or completion."
            return json_reply(400, openai_error(text, param="messages", code="context_length_exceeded"))
        if read + cap > tokens:
            text = f"'max_tokens' or 'max_completion_tokens' is too large: {cap}. This model's maximum context length is {tokens} tokens "
            text += f"and your request has {read} input tokens ({cap} > {tokens} - {read})."
            return json_reply(400, {**vllm_error(text), "param": name})
        return None

    return rule


def _nothing_but_usage(asked: Asked) -> Reply:
    """gpt-oss lost its answer between two channels."""
    told = {"role": "assistant", "content": None, "reasoning": None}
    return json_reply(200, completion(asked, told, "stop", usage(asked.prompt_tokens, 0, 120))).changed(
        bill=exactly(asked.prompt_tokens, 120)
    )


def _tgi_window(window: Window) -> Any:
    """TGI 2.4 says that a prompt is too long under 200."""

    def rule(asked: Asked, memory: Memory) -> Reply | None:
        if not window.is_full(asked, memory):
            return None
        text = f"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {window.of(asked, memory)}. "
        text += f"Given: {asked.prompt_tokens} `inputs` tokens and {max(asked.caps.values(), default=100)} `max_new_tokens`"
        return json_reply(200, {"error": text, "error_type": "validation"})

    return rule


_STRICTLY_POSITIVE = {"error": "Input validation error: `temperature` must be strictly positive", "error_type": "validation"}
_LOADING = json_reply(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})
_LM_STUDIO_PATH = json_reply(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"})
_LM_STUDIO_FORMAT = {"error": "'response_format.type' must be 'json_schema' or 'text'"}
_MEDIAPIPE = {
    "error": "Mediapipe execution failed. MP status - INVALID_ARGUMENT: CalculatorGraph::Run() failed: \nCalculator::Process() for node "
    '"LLMExecutor" failed: Request processing failed, check its correctness.'
}


def _internal_error(asked: Asked) -> Reply:
    return plain(500, "Internal Server Error").changed(bill=at_most(asked, 0, 0))


def nothing(read: int, thought: int, wrote: int) -> None:
    """No usage: null."""


SELF_HOSTED = (
    Script("vllm-gemma2", (refuse(speaks_as("system", "developer"), 400, vllm_error("System role not supported")),), first=2),
    Script(
        "vllm-mistral7b",
        (
            refuse(
                lambda asked, memory: "system" in asked.roles or does_not_alternate(asked, memory),
                400,
                vllm_error(f"{_ALTERNATE} {_ALTERNATE}"),
            ),
        ),
        first=2,
    ),
    Script("vllm-window-4096", (_window_of(4096),), first=4, later=3),
    Script(
        "vllm-qwen3",
        (),
        Model(
            writes=in_turn(think_text(opening=""), unclosed_thought, think_text()),
            shape=shapes_in_turn(message, message, message, answer_as_reasoning),
        ),
        first=2,
        later=2,
    ),
    Script("sglang-gemma2", (refuse(speaks_as("system", "developer"), 500, _internal_error),), first=4),
    Script(
        "trtllm-gptoss",
        (at_times(_nothing_but_usage, which=(3,)),),
        Model(writes=in_turn(harmony, harmony, lambda asked, memory, written: written), shape=shapes_in_turn(message, message, tool_call)),
        later=1.5,
    ),
    Script(
        "tgi",
        (
            refuse(lambda asked, _: asked.body.get("temperature", 1) <= 0, 422, _STRICTLY_POSITIVE),
            _tgi_window(Window()),
        ),
        Model(writes=finished("eos_token"), caps=("max_tokens",), uncapped=100),
        first=5,
        later=2,
    ),
    Script(
        "llama-server",
        (at_first(_LOADING, _LOADING),),
        Model(writes=both(fenced, finished("stop")), caps=("max_tokens",), rambles=3400),
        first=3,
    ),
    Script(
        "lmstudio",
        (refuse(asks_for("json_object"), 400, _LM_STUDIO_FORMAT),),
        Model(shape=reasoning("reasoning")),
        base="",
        path="/v1/chat/completions",
        lost=_LM_STUDIO_PATH,
        first=2,
    ),
    Script(
        "triton-ovms",
        (refuse(asks_for("json_schema", "json_object"), 400, _MEDIAPIPE),),
        Model(usage=nothing, caps=("max_tokens",), uncapped=16, cut_uncapped="stop"),
        base="/v3",
        first=3,
        later=1.5,
    ),
)
