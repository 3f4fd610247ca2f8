"""What the model said is read from an answer of any shape; what is no answer is told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops.llm.endpoint.completion import Completion, NotACompletionError, completion_of

SAID = '{"headline": "12 accounts"}'
THOUGHT = "Let me see {F1}."


def body(message: Any = None, finish: Any = "stop", **more: Any) -> bytes:
    message = {"role": "assistant", "content": SAID} if message is None else message
    return json.dumps({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "model": "m-1", **more}).encode()


def events(*deltas: Any, end: str = "data: [DONE]\n\n") -> bytes:
    lines = [json.dumps({"choices": [{"delta": delta, "finish_reason": None}]}) for delta in deltas]
    last = json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
    return ("".join(f"data: {line}\n\n" for line in [*lines, last]) + end).encode()


ARGUMENTS = {"function": {"name": "json_tool_call", "arguments": SAID}}
TEXTS: dict[str, bytes] = {
    "plain": body(),
    "no role": body({"content": SAID}),
    "blanks before": b"\n \n" * 1_000 + body(),
    "a byte order mark": b"\xef\xbb\xbf" + body(),
    "NUL bytes around": b"\0" + body() + b"\0\0",
    "NUL in the content": body({"content": SAID + "\0"}),
    "parts": body({"content": [{"type": "text", "text": SAID[:5]}, {"type": "text", "text": SAID[5:]}]}),
    "Mistral's thinking part": body(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}], "closed": True}, {"type": "text", "text": SAID}]}
    ),
    "Databricks' reasoning part": body(
        {"content": [{"type": "reasoning", "summary": [{"text": THOUGHT}]}, {"type": "output_text", "text": SAID}]}
    ),
    "text within text": body({"content": [{"type": "text", "text": {"value": SAID}}]}),
    "parts of strings": body({"content": [SAID]}),
    "a text completion": json.dumps({"choices": [{"text": SAID, "finish_reason": "stop"}]}).encode(),
    "a tool call": body({"content": None, "tool_calls": [ARGUMENTS]}),
    "an old function call": body({"content": "", "function_call": ARGUMENTS["function"]}),
    "arguments as an object": body({"content": None, "tool_calls": [{"function": {"arguments": json.loads(SAID)}}]}),
    "the answer in reasoning_content": body({"content": None, "reasoning_content": SAID}),
    "the answer in reasoning": body({"content": "", "reasoning": f"```json\n{SAID}\n```"}),
    "thoughts and the answer in reasoning_content": body({"content": None, "reasoning_content": f"{THOUGHT} </think> {SAID}"}),
    "an answer with a preface in reasoning": body({"content": "", "reasoning": f"Sure!\n```json\n{SAID}\n```\nHope that helps."}),
    "thoughts in a field": body({"content": SAID, "reasoning_content": THOUGHT}),
    "thoughts in the text": body({"content": f"<think>{THOUGHT}</think>{SAID}"}),
    "thoughts without an opening tag": body({"content": f"{THOUGHT}</think>\n\n{SAID}"}),
    "gpt-oss": body({"content": f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{SAID}"}),
    "another index": json.dumps({"choices": [{"index": 3, "message": {"content": SAID}}]}).encode(),
    "two choices": json.dumps({"choices": [{"message": {"content": SAID}}, {"message": {"content": "other"}}]}).encode(),
    "error: null": body(error=None),
    "Cloudflare's wrapper": json.dumps({"success": True, "result": json.loads(body())}).encode(),
    "a string of JSON": json.dumps(body().decode()).encode(),
    "a list": json.dumps([json.loads(body())]).encode(),
    "events": events({"role": "assistant", "content": ""}, {"content": SAID[:7]}, {"content": SAID[7:]}),
    "events with parts": events({"content": [{"type": "thinking", "thinking": THOUGHT}]}, *({"content": [part]} for part in (
        {"type": "text", "text": SAID[:7]}, {"type": "text", "text": SAID[7:]}))),
    "events with thoughts": events({"reasoning_content": THOUGHT}, {"content": SAID}),
    "events with a tool call": events(*({"tool_calls": [{"function": {"arguments": part}}]} for part in (SAID[:7], SAID[7:]))),
    "events without an end": events({"content": SAID}, end=""),
    "comments before events": b": PROCESSING\n\n" + events({"content": SAID}),
    "comments before JSON": b": PROCESSING\n\n: PROCESSING\n\n" + body(),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_the_answer_is_read(what: str) -> None:
    completion = completion_of(TEXTS[what])
    text = completion.text.removeprefix("Sure!").removesuffix("Hope that helps.")
    assert "".join(text.split()).strip("`").removeprefix("json") == "".join(SAID.split())
    assert completion.has_choice
    assert completion.finish in ("stop", "unknown")
    assert completion.written_bytes >= len(completion.text.encode())


def test_content_that_is_an_object_is_its_json() -> None:
    assert json.loads(completion_of(body({"content": json.loads(SAID)})).text) == json.loads(SAID)


FINISHES = [
    ("stop", "stop"), ("eos", "stop"), ("eos_token", "stop"), ("end_turn", "stop"), ("STOP", "stop"), ("tool_calls", "stop"),
    ("length", "length"), ("max_tokens", "length"), ("MAX_TOKENS", "length"),
    ("content_filter", "filter"), ("SAFETY", "filter"), ("RECITATION", "filter"), ("PROHIBITED_CONTENT", "filter"), ("sensitive", "filter"),
    ("refusal", "refusal"), ("error", "error"), ("network_error", "error"),
    ("", "unknown"), (None, "unknown"), (3, "unknown"), ("whatever", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "finish"), FINISHES)
def test_the_end_is_named_in_one_way(said: Any, finish: str) -> None:
    assert completion_of(body(finish=said)).finish == finish


def test_a_refusal_is_read() -> None:
    completion = completion_of(body({"content": None, "refusal": "I'm sorry, I can't assist with that."}))
    assert (completion.finish, completion.refusal, completion.text) == ("refusal", "I'm sorry, I can't assist with that.", "")
    part = completion_of(body({"content": [{"type": "refusal", "refusal": "No."}]}))
    assert (part.finish, part.refusal) == ("refusal", "No.")


NOTHING: dict[str, tuple[bytes, str]] = {
    "null": (body({"content": None}), "stop"),
    "an unclosed thought": (body({"content": f"<think>{THOUGHT} {SAID[:-1]}"}), "length"),
    "a closed thought": (body({"content": f"<think>{THOUGHT}</think>"}), "stop"),
    "thoughts alone": (body({"content": "", "reasoning": THOUGHT}, finish="length"), "length"),
    "no channel for the reader": (body({"content": f"<|channel|>analysis<|message|>{THOUGHT}"}, finish="length"), "length"),
    "no message": (body([]), "stop"),
    "a filter": (body({"content": None}, finish="content_filter"), "filter"),
    "Azure's 400": (
        json.dumps({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}], "usage": {"prompt_tokens": 55}}).encode(),
        "filter",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTHING)
def test_nothing_said_is_told_from_an_answer(what: str) -> None:
    answer, finish = NOTHING[what]
    completion = completion_of(answer)
    assert (completion.text.strip(), completion.finish, completion.has_choice) == ("", finish, True)
    assert completion.refusal is None


def test_no_choices_say_why_if_they_can() -> None:
    def empty(**more: Any) -> Completion:
        return completion_of(json.dumps({"choices": [], **more}).encode())

    assert (empty().finish, empty().has_choice) == ("unknown", False)
    assert empty(usage={"prompt_tokens": 900, "completion_tokens": 0, "total_tokens": 900}).finish == "unknown"
    assert empty(usage={"prompt_tokens": 900, "completion_tokens": 0, "total_tokens": 1_600}).finish == "length"
    assert empty(prompt_filter_results=[{"content_filter_results": {"violence": {"filtered": True}}}]).finish == "filter"
    assert empty(prompt_filter_results=[{"content_filter_results": {"violence": {"filtered": False}}}]).finish == "unknown"


ERRORS: list[Any] = [
    {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "{}"}}, "user_id": "u"},
    {"error": {"message": "gone", "code": 502}, "choices": None},
    {"error": {"message": "gone", "code": 502}, "choices": []},
    {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
    {"result": {}, "success": False, "errors": [{"message": "x", "code": 5006}]},
    {"html-message": "Network connection lost."},
    {"object": "error", "message": "System role not supported"},
    {"detail": "Not Found"},
    {"status": "failure", "message": "limit"},
    {"msg": "busy"},
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_under_status_200_is_one(error: Any) -> None:
    with pytest.raises(NotACompletionError) as caught:
        completion_of(json.dumps(error).encode())
    assert caught.value.error == error


def test_an_error_within_a_list_a_choice_or_an_event_is_one() -> None:
    inner = {"error": {"code": 429, "message": "busy"}}
    choice = json.dumps({"choices": [{"message": {"content": ""}, **inner, "finish_reason": "error"}]}).encode()
    for answer in (json.dumps([inner]).encode(), choice, f"data: {json.dumps(inner)}\n\n".encode()):
        with pytest.raises(NotACompletionError) as caught:
            completion_of(answer)
        assert caught.value.error["error"] == inner["error"]


NO_COMPLETIONS = [
    b"",
    b"\n\n\n",
    b"<html>busy</html>",
    b"{}",
    b"[]",
    b"null",
    b"3",
    b'"text"',
    b"\x00",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"choices": 3}',
]
NO_COMPLETIONS += [body()[:-20], b"data: \n\n", b"data: [DONE]\n\n", b"data: {\n\n", b'{"id": "x", "object": "list"}']


@pytest.mark.parametrize("answer", NO_COMPLETIONS)
def test_what_is_no_completion_is_said_so(answer: bytes) -> None:
    with pytest.raises(NotACompletionError) as caught:
        completion_of(answer)
    assert caught.value.error is None


def test_bytes_are_counted_once() -> None:
    completion = completion_of(body({"content": f"<think>{THOUGHT}</think>{SAID}", "reasoning_content": "\u20ac"}))
    content = len(f"<think>{THOUGHT}</think>{SAID}")
    assert (completion.text_bytes, completion.written_bytes) == (content, content + 3)
    assert completion.thought_bytes == content - len(SAID) + 3
    assert completion.model == "m-1"


NAMES = [
    "choices",
    "message",
    "content",
    "text",
    "error",
    "usage",
    "refusal",
    "tool_calls",
    "function",
    "arguments",
    "type",
    "reasoning",
    "result",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["thinking", "stop", "</think>", SAID, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(
    VALUES | VALUES.map(lambda choice: {"choices": [choice]}) | VALUES.map(lambda message: {"choices": [{"message": message}]}),
    st.booleans(),
)
@example({"choices": [{"content": [[None]]}]}, True)
def test_no_answer_breaks_the_reader(value: Any, is_event: bool) -> None:
    text = json.dumps(value)
    try:
        completion = completion_of(f"data: {text}\n\n".encode() if is_event else text.encode())
    except NotACompletionError:
        return
    assert isinstance(completion.text, str)
    completion.text.encode()
    assert completion.written_bytes >= completion.text_bytes >= 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(answer: bytes) -> None:
    for each in (answer, b"data: " + answer):
        with pytest.raises(NotACompletionError):
            completion_of(each)
