"""The forms in which the same answer comes, laid over any endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.dress import (
    answer_as_reasoning,
    content_object,
    fenced,
    finished,
    followed_by_blanks,
    harmony,
    json_text,
    parts,
    reasoning,
    think_text,
    tool_call,
)
from tests.llm_endpoints.model import Model, Shape, Writes, Written
from tests.llm_endpoints.overlays import Laid
from tests.llm_endpoints.rules import Memory


def _with(model: Callable[[Model], Model]) -> Laid:
    return lambda script: replace(script, model=model(script.model))


def _writes(writes: Writes) -> Laid:
    return _with(lambda model: replace(model, writes=writes))


def _shapes(shape: Shape) -> Laid:
    return _with(lambda model: replace(model, shape=shape))


def _text(change: Callable[[str], str]) -> Laid:
    return _writes(lambda asked, _, written: replace(written, text=change(written.text)))


def _draft_first(text: str) -> str:
    """A whole answer, taken back."""
    draft = text.replace("belong together", "may belong together somehow, perhaps, if at all")
    return f"```json\n{draft}\n```\nWait, that is too vague. Corrected:\n```json\n{text}\n```"


def _content_as(make: Callable[[str], Any]) -> Shape:
    return lambda asked, memory, written: {"role": "assistant", "content": make(written.text)}


def _function_call(asked: Asked, memory: Memory, written: Written) -> Data:
    return {"role": "assistant", "content": None, "function_call": {"name": "json", "arguments": written.text}}


FORMS: dict[str, Laid] = {
    **{f"<{name}>": _writes(think_text(f"<{name}>", f"</{name}>")) for name in ("think", "thinking", "thought", "reasoning", "reflection")},
    "[THINK]": _writes(think_text("[THINK]", "[/THINK]")),
    "◁think▷": _writes(think_text("◁think▷", "◁/think▷")),
    "</think> only": _writes(think_text("")),
    "harmony": _writes(harmony),
    "fence": _writes(fenced),
    "JSON in a string": _writes(json_text),
    "fence in a string": _text(lambda text: f"```\n{json.dumps(text)}\n```"),
    "blanks to the cap": _writes(followed_by_blanks),
    "a draft before": _text(_draft_first),
    "braces before": _text(lambda text: f"Here {{as asked}} it is: {{}} {text} {{end}}"),
    "wrapped": _text(lambda text: f'{{"answer": {text}}}'),
    **{f"finished with {reason!r}": _writes(finished(reason)) for reason in ("", "eos", "end_turn", "STOP", "COMPLETE", "stop_sequence")},
    "reasoning_content": _shapes(reasoning("reasoning_content")),
    "reasoning for content": _shapes(answer_as_reasoning),
    "parts": _shapes(parts("thinking")),
    "output_text": _shapes(_content_as(lambda text: [{"type": "output_text", "text": text, "annotations": []}])),
    "a part alone": _shapes(_content_as(lambda text: {"type": "text", "text": text})),
    "an object": _shapes(content_object),
    "tool call": _shapes(tool_call),
    "function call": _shapes(_function_call),
    "events": _with(lambda model: replace(model, stream=True)),
}
