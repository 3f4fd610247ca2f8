"""More servers that people run themselves: Ollama, LocalAI, KoboldCpp, older vLLM, llama-cpp-python."""

from __future__ import annotations

from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.dress import fenced, json_text, reasoning, thinking
from tests.llm_endpoints.model import MISSING, Model
from tests.llm_endpoints.reply import Reply, at_most, json_reply
from tests.llm_endpoints.rules import at_first, at_times, refuse, sends, speaks_as
from tests.llm_endpoints.server import Script


def without_prompt(read: int, thought: int, wrote: int) -> Data:
    """LocalAI counts what it writes only."""
    return {"prompt_tokens": 0, "completion_tokens": thought + wrote, "total_tokens": thought + wrote}


def zeros(read: int, thought: int, wrote: int) -> Data:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def missing(read: int, thought: int, wrote: int) -> Any:
    """No usage: not even the name."""
    return MISSING


def _old_vllm_forbids(asked: Asked) -> Data:
    value = asked.body.get("max_completion_tokens")
    location = "'loc': ('body', 'max_completion_tokens')"
    text = f"[{{'type': 'extra_forbidden', {location}, 'msg': 'Extra inputs are not permitted', 'input': {value}}}]"
    return {"object": "error", "message": text, "type": "BadRequestError", "param": None, "code": 400}


_BACKENDS = "; ".join(f"[backend-{number}]: failed to load the model: rpc error: code = Unknown desc = EOF" for number in range(25))


def _not_loaded(asked: Asked) -> Reply:
    text = f"could not load model - all backends returned error: 25 errors occurred: {_BACKENDS}"
    return json_reply(500, {"error": {"code": 500, "message": text, "type": ""}}).changed(bill=at_most(asked, 0, 0))


_BUSY = json_reply(503, {"detail": {"msg": "Server is busy; please try again later.", "type": "service_unavailable"}})
_TEMPLATE = {
    "error": 'Error rendering prompt with jinja template: "Only user and assistant roles are supported!".\n\nThis is usually an issue '
    "with the model's prompt template. If you are using a popular model, you can try to search the model under lmstudio-community, which "
    "will have fixed prompt templates."
}

SMALL_SERVERS = (
    Script("ollama", (), Model(writes=thinking(100), shape=reasoning("reasoning"), caps=("max_tokens",))),
    Script("localai", (at_first(_not_loaded),), Model(usage=without_prompt), first=2),
    Script("koboldcpp", (at_times(_BUSY, which=(1, 4)),), Model(usage=zeros, caps=("max_tokens",), uncapped=100), first=4, later=1.5),
    Script("vllm-0.6", (refuse(sends("max_completion_tokens"), 400, _old_vllm_forbids),), first=2),
    Script("lmstudio-gemma", (refuse(speaks_as("system"), 400, _TEMPLATE),), Model(writes=fenced), first=2),
    Script("llama-cpp-python", (), Model(writes=json_text, usage=missing, caps=("max_tokens",))),
)
