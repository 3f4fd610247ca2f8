"""The forms in which answers come: thoughts, fences and prose around them, parts, calls of tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from tests.llm_endpoints.asked import Asked, Data
from tests.llm_endpoints.model import Shape, Writes, Written, message, thoughts_of
from tests.llm_endpoints.rules import Memory


def fenced(asked: Asked, memory: Memory, written: Written) -> Written:
    """A sentence, a fence, and a sentence after it with braces of its own."""
    text = f"Here is the summary you asked for:\n\n```json\n{_indented(written.text)}\n```\n\n"
    return replace(written, text=text + "This JSON object contains what the evidence says about the {ring}. Let me know if you need more!")


def thinking(tokens_per_summary: int) -> Writes:
    """Thoughts apart from the answer, of so many tokens for each summary."""
    return lambda asked, _, written: replace(written, thoughts=thoughts_of(tokens_per_summary * max(1, len(asked.incidents))))


def think_text(opening: str = "<think>", closing: str = "</think>") -> Writes:
    """Thoughts in the text, with a draft of an object among them."""
    draft = '{"headline": "Alerts of 99 rings"}'

    def writes(asked: Asked, memory: Memory, written: Written) -> Written:
        return replace(
            written, text=f"{opening}\nOkay, one object like {draft}, that is not it yet. {thoughts_of(20)}\n{closing}\n\n{written.text}"
        )

    return writes


def unclosed_thought(asked: Asked, memory: Memory, written: Written) -> Written:
    """Thoughts in the text, longer than any cap of a first request."""
    return replace(written, text=f"<think>\n{thoughts_of(1500 * max(1, len(asked.incidents)))}\n</think>\n{written.text}")


def harmony(asked: Asked, memory: Memory, written: Written) -> Written:
    """gpt-oss without a parser: all its channels in one text."""
    analysis = f'<|channel|>analysis<|message|>{thoughts_of(30)} So {{"headline": ...}} it is.<|end|>'
    return replace(written, text=f"{analysis}<|start|>assistant<|channel|>final <|constrain|>json<|message|>{written.text}<|return|>")


def json_text(asked: Asked, memory: Memory, written: Written) -> Written:
    """The object as a JSON string."""
    return replace(written, text=json.dumps(written.text))


def followed_by_blanks(asked: Asked, memory: Memory, written: Written) -> Written:
    """Blanks after the whole object, up to the cap."""
    return replace(written, text=written.text + " \n" * 40_000)


def finished(reason: str) -> Writes:
    return lambda asked, _, written: replace(written, finish=reason)


def in_turn(*writes: Writes) -> Writes:
    """One way after the other, answer by answer."""
    key = object()
    return lambda asked, memory, written: writes[(memory.count(key) - 1) % len(writes)](asked, memory, written)


def both(first: Writes, second: Writes) -> Writes:
    return lambda asked, memory, written: second(asked, memory, first(asked, memory, written))


def shapes_in_turn(*shapes: Shape) -> Shape:
    key = object()
    return lambda asked, memory, written: shapes[(memory.count(key) - 1) % len(shapes)](asked, memory, written)


def reasoning(field: str) -> Shape:
    """Thoughts in a field of their own."""
    return lambda asked, memory, written: {**message(asked, memory, written), field: written.thoughts or None}


def answer_as_reasoning(asked: Asked, memory: Memory, written: Written) -> Data:
    """The parser took the answer for thoughts."""
    return {"role": "assistant", "content": None, "reasoning_content": written.text, "tool_calls": []}


def parts(kind: str = "thinking") -> Shape:
    """Content as a list: thoughts, then the answer in two texts."""

    def shape(asked: Asked, memory: Memory, written: Written) -> Data:
        middle = len(written.text) // 2
        texts = [{"type": "text", "text": text} for text in (written.text[:middle], written.text[middle:])]
        return {"role": "assistant", "content": [_thoughts_part(kind, written.thoughts), *texts]}

    return shape


def _thoughts_part(kind: str, thoughts: str) -> Data:
    if kind == "thinking":
        return {"type": "thinking", "thinking": [{"type": "text", "text": thoughts}], "closed": True}
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": thoughts}]}


def content_object(asked: Asked, memory: Memory, written: Written) -> Data:
    """Content that is JSON already."""
    try:
        return {"role": "assistant", "content": json.loads(written.text)}
    except ValueError:
        return message(asked, memory, written)


def tool_call(asked: Asked, memory: Memory, written: Written) -> Data:
    call = {"id": "call_1", "type": "function", "function": {"name": "json_tool_call", "arguments": written.text}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def refusal(text: str) -> Callable[[Asked, Memory, Written], Data]:
    return lambda asked, memory, written: {"role": "assistant", "content": None, "refusal": text}


def _indented(text: str) -> str:
    return json.dumps(json.loads(text), indent=2)
