"""What the refusals of real endpoints mean, for a request that sent all there is to refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ops.llm.endpoint.error_body import error_of
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.verdict import Asked, Kind, Verdict, verdict_on
from tests.ops.llm.endpoint.refusals_quoted import CAP, EFFORT, NAMED, OTHERS, TEMPERATURE, openai

ALL = frozenset(Capability)


def read(status: int, body: Any, sent: frozenset[Capability] = ALL, cap: int = 2800, has_hint: bool = False) -> Verdict:
    """The verdict on a body."""
    raw = body if isinstance(body, str) else json.dumps(body)
    error = error_of(status, {}, raw.encode())
    return verdict_on(error, error.text, Asked(sent, cap), has_hint)


@pytest.mark.parametrize("what", NAMED)
def test_what_is_named_and_was_sent_is_found(what: str) -> None:
    status, body, named = NAMED[what]
    verdict = read(status, body)
    assert (verdict.kind, verdict.named) == (Kind.NAMED, frozenset(named))


@pytest.mark.parametrize("what", NAMED)
def test_colors_of_a_terminal_say_nothing(what: str) -> None:
    status, body, named = NAMED[what]
    if isinstance(body, dict) and isinstance(body.get("error"), dict) and isinstance(body["error"].get("message"), str):
        body = {"error": {**body["error"], "message": f"\x1b[31m{body['error']['message']}\x1b[0m \x1b[38;5;12m"}}
        verdict = read(status, body)
        assert (verdict.kind, verdict.named) == (Kind.NAMED, frozenset(named))


@pytest.mark.parametrize("what", NAMED)
def test_what_was_not_sent_is_not_named(what: str) -> None:
    status, body, named = NAMED[what]
    assert not read(status, body, ALL - named).named & named


@pytest.mark.parametrize("what", OTHERS)
def test_every_other_kind_is_told_apart(what: str) -> None:
    status, body, kind = OTHERS[what]
    assert read(status, body).kind == kind


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("Range of max_tokens should be [1, 1024]", 1024),
        ("Range of max_tokens should be [1,1024]", 1024),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 2048]", 2048),
        ("max_tokens is too large: 2800. This model supports at most 2,048 completion tokens, whereas you provided 2800.", 2048),
        ("max_tokens: 2800 > 2048, which is the maximum allowed number of output tokens for claude-3-5", 2048),
        ("max_tokens (2800) cannot exceed 2048.", 2048),
        ("max_completion_tokens is limited for this model", 1400),
    ],
)
def test_a_cap_that_is_too_high_is_lowered_to_the_one_named(message: str, limit: int) -> None:
    verdict = read(400, openai(message))
    assert (verdict.kind, verdict.limit) == (Kind.CAP, limit)


def test_credit_for_a_lower_cap_is_no_lack_of_money() -> None:
    message = "This request requires more credits, or fewer max_tokens. You requested up to 2800 tokens, but can only afford 900."
    verdict = read(402, openai(message))
    assert (verdict.kind, verdict.limit) == (Kind.CAP, 900)


@pytest.mark.parametrize(
    ("body", "window", "prompt"),
    [
        (
            openai(
                "'max_tokens' or 'max_completion_tokens' is too large: 2800. This model's maximum context length is 4096 tokens and your "
                "request "
                "has 1900 input tokens (2800 > 4096 - 1900).",
                "max_tokens",
            ),
            4096,
            1900,
        ),
        (
            openai(
                "This model's maximum context length is 4097 tokens. However, you requested 4120 tokens (3120 in the messages, 1000 in the "
                "completion). Please reduce the length of the messages or completion.",
                "messages",
                "context_length_exceeded",
            ),
            4097,
            3120,
        ),
    ],
)
def test_a_cap_that_the_window_has_no_room_for_is_lowered(body: Any, window: int, prompt: int) -> None:
    verdict = read(400, body)
    assert (verdict.kind, verdict.window, verdict.read) == (Kind.CAP, window, prompt)


def test_a_prompt_that_is_longer_than_the_window_is_too_long() -> None:
    error = {
        "code": 400,
        "message": "request (4476 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "type": "exceed_context_size_error",
    }
    for body in ({"error": error}, {"error": {**error, "n_prompt_tokens": 4476, "n_ctx": 4096}}):
        verdict = read(400, body)
        assert (verdict.kind, verdict.window, verdict.read) == (Kind.TOO_LONG, 4096, 4476)


@pytest.mark.parametrize(
    ("message", "parameter"),
    [
        ("parameter.enable_thinking must be set to false for non-streaming calls", ("enable_thinking", False)),
        ("parameter.enable_thinking 必须设置为 false", ("enable_thinking", False)),
        ("enable thinking can not be support when `stream=False`.", ("enable_thinking", False)),
        ("This model only support stream mode, please enable the stream parameter to access the model.", ("stream", True)),
        ("Thinking mode does not support json_schema, please set enable_thinking to false", ("enable_thinking", False)),
        ("chat_template_kwargs.thinking must be true", ("chat_template_kwargs.thinking", True)),
    ],
)
def test_a_parameter_that_is_missing_is_found(message: str, parameter: tuple[str, bool]) -> None:
    verdict = read(400, openai(message))
    assert (verdict.kind, verdict.parameter) == (Kind.PARAMETER, parameter)


def test_a_quota_that_opens_again_is_no_lack_of_money() -> None:
    body = [{"error": {"code": 429, "message": "You exceeded your current quota. Please retry in 38s.", "status": "RESOURCE_EXHAUSTED"}}]
    assert read(429, body, has_hint=True).kind == Kind.THROTTLED
    assert read(429, body, has_hint=False).kind == Kind.MONEY


def test_a_prompt_that_comes_back_names_nothing() -> None:
    body = {
        "error": {"message": "rejected", "input": "temperature is not supported", "messages": [{"content": "reasoning_effort is unknown"}]}
    }
    assert read(422, body).kind == Kind.UNNAMED


def test_what_the_advice_names_is_not_refused() -> None:
    body = openai("temperature is not supported unless reasoning_effort is none.")
    assert read(400, body).named == {TEMPERATURE}
    assert read(400, body, frozenset({CAP, EFFORT})).kind == Kind.UNNAMED


@pytest.mark.parametrize(
    "body",
    ["[" * 50_000, '{"error":' * 3_000, "\x00", '{"error": {"message": "' + "x" * 300_000 + '"}}', '[[[[[["a"]]]]]]', "{}", "null", "1"],
)
def test_odd_bodies_are_read_quickly(body: str) -> None:
    assert read(400, body).kind == Kind.UNNAMED
