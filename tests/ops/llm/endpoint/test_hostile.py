"""An endpoint that means harm, or is badly broken, costs little time and leaves nothing that outlasts it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis.asyncio
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from domain.summaries.summary import LlmUsage, WriterNote
from domain.summaries.template_writer import template_summary
from ops.llm.budget import LlmBudget
from ops.llm.endpoint.agreed import Agreed
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.completion import completion_of
from ops.llm.endpoint.error_body import error_of
from ops.llm.endpoint.names import Capability
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.endpoint.quote import cleaned
from ops.llm.endpoint.usage import used_by, used_by_refusal
from ops.llm.endpoint.verdict import Asked, Kind, verdict_on
from ops.llm.endpoint.waits import wait_of
from ops.llm.sample_incident import sample_incident
from ops.llm.settings import LlmSettings
from ops.llm.trial import Trial

pytest_plugins = ["tests.support.llm_fixtures"]

KEY = "sk-proj-Abc123Def456Ghi789Jkl"
MESSAGES = [{"role": "system", "content": "rules"}, {"role": "user", "content": "data"}]
Outcome = Answer | NoAnswerError


def completion(headers: dict[str, str] | None = None, **changes: Any) -> Response:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "{}"}}
    usage = {"prompt_tokens": 100, "completion_tokens": 50}
    return Response(json.dumps({"choices": [choice], "usage": usage, **changes}), 200, headers, content_type="application/json")


def refused(message: str, status: int = 400) -> Response:
    return Response(json.dumps({"error": {"message": message}}), status, content_type="application/json")


@pytest.fixture
def ask(llm_server: HTTPServer, redis_url: str, stream_prefix: str) -> Callable[..., list[Outcome]]:
    """Asks so many times with one client; the endpoint answers by a function of request and number."""

    def run(reply: Callable[[Request, int], Response], times: int, **changes: Any) -> list[Outcome]:
        served: list[Request] = []

        def handler(request: Request) -> Response:
            served.append(request)
            return reply(request, len(served))

        llm_server.expect_request("/v1/chat/completions").respond_with_handler(handler)
        llm_server.expect_request("/elsewhere").respond_with_handler(handler)
        settings = LlmSettings(**{"base_url": llm_server.url_for("/v1"), "api_key": KEY, "model": "m", **changes})
        return asyncio.run(_asked(settings, redis_url, stream_prefix, times))

    return run


async def _asked(settings: LlmSettings, url: str, prefix: str, times: int) -> list[Outcome]:
    found: list[Outcome] = []
    async with redis.asyncio.Redis.from_url(url, decode_responses=True) as client:
        endpoint = LlmEndpoint(settings, LlmBudget(client, prefix, settings), client, prefix)
        for _ in range(times):
            try:
                found.append(await endpoint.ask(MESSAGES, 1))
            except NoAnswerError as error:
                found.append(error)
        await endpoint.close()
    return found


@pytest.mark.parametrize("words", ["only ", "not s", "prompt (", "model schema items ", "1,111 tokens ", "a."])
def test_a_long_error_is_read_quickly(words: str) -> None:
    body = json.dumps({"errors": [{"message": (words * 70_000)[:65_000] + str(n)} for n in range(60)]}).encode()
    begin = time.monotonic()
    error = error_of(400, {}, body)
    verdict_on(error, error.text, Asked(frozenset(), 700))
    wait_of(error.headers, error.value, error.texts, 0.0)
    assert len(error.text) <= 70_000
    assert time.monotonic() - begin < 5  # unbounded: minutes


def test_a_long_list_holds_no_wait() -> None:
    begin = time.monotonic()
    assert wait_of({}, {"choices": [[]] * 1_000_000, "retry_after": 3}, (), 0.0) == 3
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize("value", [{"retry_after": 10**400}, {"details": [{"retryDelay": {"seconds": 10**400}}]}, {"retry_after": 1e308}])
def test_an_absurd_wait_is_none(value: Any) -> None:
    assert wait_of({}, value, (), 0.0) is None


def test_cookies_are_not_kept(ask: Callable[..., list[Outcome]]) -> None:
    sent: list[str] = []

    def reply(request: Request, number: int) -> Response:
        sent.append(request.headers.get("Cookie", ""))
        return completion({"Set-Cookie": f"c{number}={'x' * 3000}; Path=/"})

    assert all(isinstance(each, Answer) for each in ask(reply, 3))
    assert sent == ["", "", ""]


def test_a_redirect_to_a_page_of_maintenance_ends_with_the_maintenance(ask: Callable[..., list[Outcome]]) -> None:
    is_up: list[bool] = []

    def reply(request: Request, number: int) -> Response:
        if request.path == "/elsewhere":
            return Response("<html><title>Maintenance</title></html>", 503, content_type="text/html")
        is_up.append(True)
        return Response("", 302, {"Location": "/elsewhere"}) if len(is_up) == 1 else completion()

    first, second = ask(reply, 2)
    assert isinstance(first, NoAnswerError) and "Maintenance" in str(first)
    assert isinstance(second, Answer)


def test_a_switch_that_was_asked_for_and_is_refused_later_is_left_out(ask: Callable[..., list[Outcome]]) -> None:
    def reply(request: Request, number: int) -> Response:
        has_switch = "enable_thinking" in request.get_json()
        if number <= 2:
            return completion() if has_switch else refused("parameter.enable_thinking must be set to false for non-streaming calls")
        return refused("Unrecognized request argument supplied: enable_thinking") if has_switch else completion()

    assert all(isinstance(each, Answer) for each in ask(reply, 3))


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "\u043a\u043b\u044e\u0447"])
def test_a_key_that_no_header_carries_says_so_and_costs_nothing(key: str, ask: Callable[..., list[Outcome]]) -> None:
    (found,) = ask(lambda request, number: completion(), 1, api_key=key)
    assert isinstance(found, NoAnswerError)
    assert (found.failure, found.circuit, found.usage) == (Failure.KEY, "opens", LlmUsage())
    assert str(found) == "the key holds signs that no request can carry"


def test_claims_beyond_belief_are_not_booked() -> None:
    body = {
        "choices": [{"message": {"content": "x" * 300}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10**8, "completion_tokens": 10**8},
    }
    assert used_by(completion_of(json.dumps(body).encode()), 4_000, 700) == (4_000, 300)
    assert used_by_refusal({"error": {"usage": {"prompt_tokens": 10**8, "completion_tokens": 10**8}}}, 4_000, 700) == (4_000, 700)


@pytest.mark.parametrize("shown", [
    " ".join(KEY),
    "-".join(KEY),
    KEY[::-1],
    " / ".join(KEY[n : n + 6] for n in range(0, len(KEY), 6)),
    "".join(f"&#{ord(sign)};" for sign in KEY),
    "".join(chr(ord(sign) + 0xFEE0) for sign in KEY),
])  # fmt: skip
def test_a_key_in_disguise_is_not_shown(shown: str) -> None:
    text = cleaned(f"wrong: {shown} here", (KEY,))
    assert "***" in text and text.startswith("wrong:") and text.endswith("here")
    assert not any(part in text for part in ("Def", "feD", "D e f", "D-e-f", "\uff24\uff45\uff46"))


def test_parameters_named_as_keys_of_a_mapping_are_refused_by_name() -> None:
    text = (
        "UnsupportedParamsError: vertex_ai does not support parameters: {'temperature': 0.0}, for model=x. To drop these, set drop_params"
    )
    error = error_of(400, {}, json.dumps({"error": {"message": text}}).encode())
    verdict = verdict_on(error, error.text, Asked(frozenset(Capability), 700))
    assert (verdict.kind, verdict.named) == (Kind.NAMED, {Capability.TEMPERATURE})


def test_the_name_of_the_model_that_answers_is_shown_on_one_line() -> None:
    name = "\x1b]0;title\x07\x1b[2Jother" + "x" * 500 + "\nok   all is well"
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    body = {"model": name, "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}], "usage": usage}
    found = template_summary(sample_incident(), WriterNote("llm", "m"), "en")
    trial = Trial(LlmSettings(model="m"), found, None, Agreed(), [], completion_of(json.dumps(body).encode()), 1.0)
    assert trial.finding().startswith("m (as other") and len(trial.finding()) < 150
    assert trial.finding().isprintable()
