"""Calls over real HTTP: how they step down, wait, raise the cap, and what they book."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis.asyncio
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from domain.summaries.summary import LlmUsage
from ops.llm.budget import LlmBudget
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.settings import LlmSettings

pytest_plugins = ["tests.support.llm_fixtures"]

PROMPT = [{"role": "system", "content": "The rules."}, {"role": "user", "content": '{"facts":[]}'}]
DRAFT = json.dumps({"headline": "h", "explanation": "e", "pattern": "unclear", "next_steps": ["s"]})
Reply = Callable[[dict[str, Any]], Response]
Ask = Callable[..., Any]


def completion(text: str | None = DRAFT, finish: str = "stop", written: int | None = 50, **message: Any) -> Response:
    """A completion of 100 tokens read."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    usage = None if written is None else {"prompt_tokens": 100, "completion_tokens": written, "total_tokens": 100 + written}
    return Response(json.dumps({"choices": [choice], "usage": usage}), 200, content_type="application/json")


def refusal(message: str, status: int = 400, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A refusal in the form of most."""
    return Response(json.dumps({"error": {"message": message, **more}}), status, headers, content_type="application/json")


class Played:
    """An endpoint that answers by a function of the request; it keeps what it was asked, and when."""

    def __init__(self, server: HTTPServer, reply: Reply) -> None:
        self.asked: list[dict[str, Any]] = []
        self.times: list[float] = []
        self._reply = reply
        self.url = server.url_for("/v1")
        server.expect_request("/v1/chat/completions").respond_with_handler(self)

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.get_json())
        self.times.append(time.monotonic())
        return self._reply(self.asked[-1])


@pytest.fixture
def ask(redis_url: str, stream_prefix: str) -> Ask:
    """Asks an endpoint once for each number of summaries, one after the other; each time after a restart."""

    def run(played: Played, *summaries: int, keep: list[LlmEndpoint] | None = None, **changes: Any) -> list[Answer | NoAnswerError]:
        return asyncio.run(_asked(played, redis_url, stream_prefix, summaries or (1,), keep, changes))

    return run


async def _asked(
    played: Played, url: str, prefix: str, summaries: Sequence[int], keep: list[LlmEndpoint] | None, changes: dict[str, Any]
) -> list[Answer | NoAnswerError]:
    prompt = changes.pop("prompt", PROMPT)
    settings = LlmSettings(**{"base_url": played.url, "api_key": "sk-secret-42", "model": "tiny", **changes})
    found: list[Answer | NoAnswerError] = []
    async with redis.asyncio.Redis.from_url(url, decode_responses=True) as client:
        endpoint = LlmEndpoint(settings, LlmBudget(client, prefix, settings), client, prefix)
        for number in summaries:
            try:
                found.append(await endpoint.ask(prompt, number))
            except NoAnswerError as error:
                found.append(error)
        await endpoint.close()
    if keep is not None:
        keep.append(endpoint)
    return found


def replies(*scripted: Response | Reply) -> Reply:
    """Each reply once, the last again and again."""
    left = list(scripted)

    def reply(asked: dict[str, Any]) -> Response:
        one = left.pop(0) if len(left) > 1 else left[0]
        return one if isinstance(one, Response) else one(asked)

    return reply


def test_what_is_refused_by_name_is_left_out_and_remembered_over_restarts(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        if "max_completion_tokens" in asked:
            return refusal("max_completion_tokens: Extra inputs are not permitted", 422)
        if "temperature" in asked:
            return refusal("Unsupported value: 'temperature' does not support 0", param="temperature")
        return completion() if asked["messages"][0]["role"] == "user" else refusal("System role not supported")

    played = Played(llm_server, reply)
    (answer,) = ask(played)
    assert (answer.text, answer.usage.calls, answer.usage.input_tokens, answer.usage.output_tokens) == (DRAFT, 4, 100, 50)
    assert isinstance(ask(played)[0], Answer)
    assert len(played.asked) == 5
    assert played.asked[-1]["max_tokens"] == 700
    assert played.asked[-1]["response_format"]["type"] == "json_schema"
    assert played.asked[-1]["messages"] == [{"role": "user", "content": 'The rules.\n\n{"facts":[]}'}]


def test_of_two_subtasks_one_negotiates_and_the_other_waits(llm_server: HTTPServer, redis_url: str, stream_prefix: str) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        time.sleep(0.1)
        if "temperature" in asked:
            return refusal("temperature is not supported")
        return refusal("response_format is not supported") if "response_format" in asked else completion()

    played = Played(llm_server, reply)

    async def run() -> list[Answer]:
        settings = LlmSettings(base_url=played.url, model="tiny")
        async with redis.asyncio.Redis.from_url(redis_url, decode_responses=True) as client:
            budget = LlmBudget(client, stream_prefix, settings)
            endpoints = [LlmEndpoint(settings, budget, client, stream_prefix) for _ in range(2)]
            answers = await asyncio.gather(*(endpoint.ask(PROMPT, 1) for endpoint in endpoints * 2))
            await asyncio.gather(*(endpoint.close() for endpoint in endpoints))
        return answers

    answers = asyncio.run(run())
    assert sorted(answer.usage.calls for answer in answers) == [1, 1, 1, 3]
    assert len(played.asked) == 6


def test_what_nothing_names_is_found_by_the_least_request_and_the_rest_comes_back(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        return Response("", 400) if "temperature" in asked else completion()

    played, kept = Played(llm_server, reply), list[LlmEndpoint]()
    assert all(isinstance(one, Answer) for one in ask(played, 1, 1, 1, 1, 1, 1, keep=kept))
    least = played.asked[1]
    assert set(least) == {"model", "messages", "max_tokens"}
    assert len(played.asked) == 8  # the first, the least, and the temperature once more: each refused but once
    assert (kept[0].agreed.format, kept[0].agreed.system, kept[0].agreed.temperature) == ("strict", "own", "out")


def test_a_refusal_of_everything_is_asked_for_three_times_and_then_left(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: Response("", 422))
    first, second = ask(played, 1, 1)
    assert (first.failure, first.circuit, first.divides, str(first)) == (Failure.REFUSED, "failed", True, "HTTP 422")
    assert (first.usage, second.usage) == (LlmUsage(calls=3), LlmUsage(calls=1))
    assert [next(name for name in asked if name.startswith("max_")) for asked in played.asked] == [
        "max_completion_tokens", "max_tokens", "max_completion_tokens", "max_completion_tokens",
    ]  # fmt: skip


def test_a_500_that_only_the_least_request_cures(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        return completion() if asked["messages"][0]["role"] == "user" else Response("Internal Server Error", 500)

    played = Played(llm_server, reply)
    assert isinstance(ask(played)[0], Answer)
    assert len(played.asked) == 3


@pytest.mark.parametrize(
    ("headers", "message"),
    [({"Retry-After": "1"}, "busy"), ({"retry-after-ms": "1000"}, "busy"), ({}, "Please try again in 1.0s."), ({}, "busy")],
)
def test_a_wait_within_the_patience_loses_nothing(llm_server: HTTPServer, ask: Ask, headers: dict[str, str], message: str) -> None:
    played = Played(llm_server, replies(refusal(message, 429, headers), completion()))
    (answer,) = ask(played)
    assert (answer.text, answer.usage.calls, answer.usage.input_tokens) == (DRAFT, 2, 100)
    assert 0.99 <= played.times[1] - played.times[0] < 2.5


def test_a_wait_beyond_the_patience_closes_the_gate_for_all_subtasks(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: refusal("Too many requests", 429, {"Retry-After": "52220"}))
    first, second = ask(played, 1, 1)
    (restarted,) = ask(played)
    assert len(played.asked) == 1
    assert str(first).startswith("asks to wait 52220 s: HTTP 429: Too many requests")
    assert (first.failure, first.circuit, first.wait_s) == (Failure.THROTTLED, "says nothing", 52220)
    for later in (second, restarted):
        assert (later.failure, later.circuit, later.usage) == (Failure.THROTTLED, "not made", LlmUsage())
        assert 3_500 < later.wait_s <= 3_960  # an hour at most: some name a day for a quota of a minute


def test_a_busy_endpoint_without_a_hint_fails_when_the_patience_ends(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: refusal("Overloaded", 529))
    (error,) = ask(played, patience_s=3.0)
    assert (error.failure, error.circuit, len(played.asked)) == (Failure.THROTTLED, "failed", 2)


@pytest.mark.parametrize(
    ("cut", "raised"),
    [
        (completion('{"headline": "h', "length", 700), 1_400),
        (completion("", "length", 700), 2_800),
        (completion("<think>no end", "length", 700), 2_800),
    ],
)
def test_a_cut_answer_is_asked_for_with_a_higher_cap_which_is_remembered(
    llm_server: HTTPServer, ask: Ask, cut: Response, raised: int
) -> None:
    played = Played(llm_server, replies(cut, completion()))
    answer, again = ask(played, 1, 1)
    assert (answer.text, answer.usage.output_tokens) == (DRAFT, 750)
    assert isinstance(again, Answer)
    assert [asked["max_completion_tokens"] for asked in played.asked] == [700, raised, raised]


def test_a_whole_answer_that_is_cut_afterwards_is_used(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: completion(DRAFT + "\n" * 500, "length", 700))
    (answer,) = ask(played)
    assert (answer.cut, len(played.asked)) == (True, 1)


def test_a_model_that_never_ends_is_asked_to_think_less_then_left(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda asked: completion("", "length", asked["max_completion_tokens"]))
    (error,) = ask(played)
    assert (error.failure, error.circuit) == (Failure.LENGTH, "succeeded")
    assert [(asked["max_completion_tokens"], asked.get("reasoning_effort")) for asked in played.asked] == [
        (700, None), (2_800, None), (2_800, "low"),
    ]  # fmt: skip


def test_a_raised_cap_that_is_too_high_goes_down_to_the_one_named(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        cap = asked["max_completion_tokens"]
        if cap > 1_024:
            return refusal(f"max_tokens is too large: {cap}. This model supports at most 1024 completion tokens")
        return completion() if cap == 1_024 else completion("", "length", cap)

    played = Played(llm_server, reply)
    assert isinstance(ask(played)[0], Answer)
    assert [asked["max_completion_tokens"] for asked in played.asked] == [700, 2_800, 1_024]


def test_a_cap_that_is_ignored_gets_its_other_name(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda asked: completion(written=1_800 if "max_completion_tokens" in asked else 50))
    ask(played, 1, 1)
    assert ["max_tokens" in asked for asked in played.asked] == [False, True]


def test_a_filter_divides_several_and_is_asked_once_more_for_one(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: completion(None, "content_filter", 14))
    several, one = ask(played, 4, 1)
    assert (several.failure, several.divides, several.usage.output_tokens) == (Failure.FILTER, True, 14)
    assert (one.failure, one.usage.output_tokens, one.circuit) == (Failure.FILTER, 28, "says nothing")


def test_a_refusal_to_answer_is_quoted_and_no_failure_of_the_endpoint(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: completion(None, refusal="I'm sorry, I can't."))
    (error,) = ask(played)
    assert (error.failure, error.circuit, str(error)) == (Failure.REFUSAL, "succeeded", "the model declines: I'm sorry, I can't.")


def test_too_many_at_once_is_remembered_for_several_only(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        return completion() if asked["max_completion_tokens"] == 700 else refusal("prompt is too long: 5000 tokens > 4000 maximum")

    played = Played(llm_server, reply)
    four, again, one = ask(played, 4, 4, 1)
    assert (four.failure, again.failure, again.circuit, again.usage) == (Failure.TOO_LONG, Failure.TOO_LONG, "not made", LlmUsage())
    assert isinstance(one, Answer)
    assert len(played.asked) == 2


def test_a_window_lowers_the_cap_now_and_next_time(llm_server: HTTPServer, ask: Ask) -> None:
    def reply(asked: dict[str, Any]) -> Response:
        cap = asked["max_completion_tokens"]
        message = f"This model's maximum context length is 1000 tokens and your request has 400 input tokens ({cap} > 1000 - 400)."
        return completion() if cap <= 600 else refusal(f"'max_tokens' or 'max_completion_tokens' is too large: {cap}. {message}")

    played = Played(llm_server, reply)
    assert all(isinstance(one, Answer) for one in ask(played, 1, 1))
    assert [asked["max_completion_tokens"] for asked in played.asked] == [700, 584, 584]


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (refusal("Incorrect API key provided: sk-secret-42", 401), Failure.KEY),
        (refusal("Insufficient Balance", 402), Failure.MONEY),
        (refusal('model "tiny" not found, try pulling it first', 404), Failure.MODEL),
    ],
)
def test_what_will_not_change_opens_the_circuit_after_one_request(
    llm_server: HTTPServer, ask: Ask, reply: Response, failure: Failure
) -> None:
    played = Played(llm_server, lambda _: reply)
    (error,) = ask(played)
    assert (error.failure, error.circuit, error.usage) == (failure, "opens", LlmUsage(calls=1))
    assert "sk-secret" not in str(error)


def test_a_version_that_the_address_lacks_is_added(llm_server: HTTPServer, ask: Ask) -> None:
    played = Played(llm_server, lambda _: completion())
    lost = Response('{"error": "Unexpected endpoint or method. (POST /chat/completions)"}', 200, content_type="application/json")
    llm_server.expect_request("/chat/completions").respond_with_response(lost)
    played.url = llm_server.url_for("/")
    kept: list[LlmEndpoint] = []
    first, second = ask(played, 1, 1, keep=kept)
    assert (first.usage.calls, second.usage.calls) == (2, 1)
    assert "/v1 added to llm.base_url" in kept[0].terms()


def test_json_that_failed_is_taken_from_the_refusal_or_asked_for_without_a_format_once(llm_server: HTTPServer, ask: Ask) -> None:
    def failed(text: str) -> Response:
        return refusal("Failed to generate JSON. Please adjust your prompt.", code="json_validate_failed", failed_generation=text)

    played = Played(llm_server, replies(failed("```json\n{"), completion(), failed(f"Sure: {DRAFT}")))
    assert all(isinstance(one, Answer) for one in ask(played, 1, 1))
    assert ["response_format" in asked for asked in played.asked] == [True, False, True]


def test_a_prompt_that_comes_back_names_nothing(llm_server: HTTPServer, ask: Ask) -> None:
    echo = PROMPT[0]["content"] * 3 + "temperature is not supported by whoever wrote this"
    played = Played(llm_server, replies(refusal(f"cannot process: {echo}"), completion()))
    (answer,) = ask(played, prompt=[{"role": "system", "content": echo}, PROMPT[1]])
    assert isinstance(answer, Answer)
    assert "response_format" not in played.asked[1]  # the least request: nothing was named
