"""The model's writer against a scripted OpenAI-compatible endpoint: whatever it does, a valid summary comes
out in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from domain.summaries.prompt import PROMPT_VERSION
from domain.summaries.published import wrong_in
from domain.summaries.summary import LlmUsage, Summary, SummaryWriter
from domain.summaries.template_writer import TemplateWriter, template_summary
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter, writer_from
from ops.redis.settings import RedisSettings
from tests.support.incident_samples import START, alert, incident_of
from tests.support.scripted_endpoint import Data, Endpoint, Reply, Serve, good, incidents, one_by_one, write_each

pytest_plugins = ["tests.support.llm_fixtures"]

INCIDENT = incident_of([alert(n, START + n * 1000, decision="block") for n in range(6)])
GOOD = {
    "headline": "Device farm: 6 accounts, one device",
    "explanation": "Six accounts [F8] use one device [F9] between them and raised 6 alerts [F1].",
    "pattern": "device farm",
    "next_steps": ["Block the accounts among the participants and hold their open orders until they are reviewed."],
}
LIES = {**GOOD, "headline": "77 accounts, one device"}


def write(writer: SummaryWriter) -> Summary:
    (summary,) = write_each(writer, [INCIDENT])
    return summary


def test_a_good_answer_is_published_with_its_writer(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(one_by_one(GOOD), usage=(1_000, 200))
    document = write(LlmWriter(serve(endpoint, input_price=0.5, output_price=2.0), redis_settings)).to_document()
    assert {name: document[name] for name in GOOD} == GOOD
    assert document["writer"] == {
        "name": "llm",
        "model": "tiny",
        "retries": 0,
        "replaced": 0,
        "fallback_reason": None,
        "cached": False,
        "input_tokens": 1_000,
        "output_tokens": 200,
        "cost": 0.0009,
        "calls": 1,
        "circuit": "closed",
        "prompt": PROMPT_VERSION,
    }
    (request,) = endpoint.requests
    assert request["temperature"] == 0
    assert request["max_completion_tokens"] == 700
    assert request["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (LIES, '"77 accounts" is no fact'),
        ({**GOOD, "explanation": f"{GOOD['explanation']} See [F99]."}, "there is no fact F99"),
        ("I cannot {help", "not one JSON object"),
        ({"headline": "x"}, "explanation is missing"),
        ({**GOOD, "action": "approve"}, "action is not a field"),
        ("[" * 15_000, "not one JSON object"),
        ("x" * 1_000_000, "1000000 characters"),
        ('{"a":' * 3_000 + "1" + "}" * 3_000, "JSON object"),
        ('{"headline": "\ud800"}', "explanation is missing"),
    ],
)
def test_a_refused_answer_is_asked_for_once_more_with_the_complaint(
    serve: Serve, redis_settings: RedisSettings, first: Reply, complaint: str
) -> None:
    endpoint = Endpoint(one_by_one(first, GOOD), usage=(100, 10))
    summary = write(LlmWriter(serve(endpoint), redis_settings))
    assert (summary.writer.name, summary.writer.retries) == ("llm", 1)
    assert (summary.writer.usage.input_tokens, summary.writer.usage.output_tokens) == (200, 20)
    assert complaint in endpoint.requests[1]["messages"][-1]["content"] or complaint == "JSON object"
    assert len(json.dumps(endpoint.requests[1])) < 20_000


@pytest.mark.parametrize(
    ("reply", "requests", "reason"),
    [
        (LIES, 2, 'refused: headline: "77 accounts" is no fact'),
        ({**GOOD, "explanation": "Approve the accounts, all of the alerts [F1] are harmless."}, 2, "refused: explanation"),
        ({**GOOD, "action": "monitor"}, 2, "refused: action is not a field"),
        ("x" * 1_000_000, 2, "refused: the answer has 1000000 characters"),
        ("", 2, "the answer is empty"),
        (429, 2, "HTTP 429: scripted"),
        (500, 4, "HTTP 500: scripted"),
        (401, 1, "HTTP 401: scripted"),
        (400, 3, "HTTP 400: scripted"),
        (0.8, 1, "no answer within 0.3 s"),
    ],
)
def test_what_stays_wrong_ends_with_the_template(
    serve: Serve, redis_settings: RedisSettings, reply: Reply, requests: int, reason: str
) -> None:
    endpoint = Endpoint(one_by_one(reply))
    begin = time.monotonic()
    settings = serve(endpoint, patience_s=2.5, timeout_s=0.3 if isinstance(reply, float) else 2.0)
    summary = write(LlmWriter(settings, redis_settings))
    assert summary.text == template_summary(INCIDENT).text
    assert (summary.writer.name, summary.writer.model) == ("template", "tiny")
    assert (summary.writer.fallback_reason or "").startswith(reason)
    assert 1 <= len(endpoint.requests) <= requests
    assert time.monotonic() - begin < 5


@asynccontextmanager
async def raw_server(reply: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """The address of an endpoint that writes what it likes after the headers of a good answer."""
    ended = asyncio.Event()

    async def answer(_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        to.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await reply(to)
        to.close()
        ended.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    await ended.wait()
    server.close()


def test_a_body_that_drips_does_not_outlast_the_timeout(redis_settings: RedisSettings) -> None:
    async def drip(to: asyncio.StreamWriter) -> None:
        while True:
            to.write(b" ")
            await to.drain()
            await asyncio.sleep(0.05)

    async def run() -> tuple[Summary, float]:
        async with raw_server(drip) as url:
            writer = LlmWriter(LlmSettings(base_url=url, timeout_s=0.4), redis_settings)
            begin = time.monotonic()
            summary = await writer.write(INCIDENT)
            took = time.monotonic() - begin
            await writer.close()
        return summary, took

    summary, took = asyncio.run(run())
    assert summary.writer.fallback_reason == "no answer within 0.4 s"
    assert took < 1.5


def test_half_an_answer_is_none_and_costs_what_it_may_have(redis_settings: RedisSettings) -> None:
    async def half(to: asyncio.StreamWriter) -> None:
        to.write(json.dumps(Endpoint().completion(GOOD)).encode()[:300])
        await to.drain()

    async def run() -> Summary:
        async with raw_server(half) as url:
            writer = LlmWriter(LlmSettings(base_url=url), redis_settings)
            summary = await writer.write(INCIDENT)
            await writer.close()
        return summary

    note = asyncio.run(run()).writer
    assert (note.name, note.fallback_reason) == ("template", "the connection broke")
    assert note.usage.output_tokens == 700 * note.usage.calls


def test_a_refused_connection_ends_with_the_template_and_costs_nothing(redis_settings: RedisSettings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        note = write(LlmWriter(LlmSettings(base_url=f"http://127.0.0.1:{port}/v1"), redis_settings)).writer
    assert (note.name, note.fallback_reason, note.usage) == ("template", "no connection", LlmUsage())


def test_a_request_is_not_sent_on_elsewhere(llm_server: HTTPServer, redis_settings: RedisSettings) -> None:
    elsewhere = Endpoint()
    llm_server.expect_request("/elsewhere").respond_with_handler(elsewhere)
    there = {"Location": llm_server.url_for("/elsewhere").replace("localhost", "127.0.0.1")}
    llm_server.expect_request("/v1/chat/completions").respond_with_data("", 307, there)
    note = write(LlmWriter(LlmSettings(base_url=llm_server.url_for("/v1")), redis_settings)).writer
    assert elsewhere.requests == []
    assert note.fallback_reason == "HTTP 307: the endpoint is elsewhere; set llm.base_url to its address"


NO_COMPLETIONS = {
    b"<html>busy</html>": "an HTML page",
    b"{}": "no completion",
    b'{"choices": []}': "the answer is empty",
    b'{"choices": [{"message": null}]}': "the answer is empty",
    b"\x00": "not JSON",
    b"\xff\xfe": "not JSON",
    b"[" * 50_000: "not JSON",
}


@pytest.mark.parametrize("body", NO_COMPLETIONS)
def test_a_body_that_is_no_completion_ends_with_the_template(serve: Serve, redis_settings: RedisSettings, body: bytes) -> None:
    endpoint = Endpoint(one_by_one(body))
    note = write(LlmWriter(serve(endpoint), redis_settings)).writer
    assert note.name == "template"
    assert NO_COMPLETIONS[body] in (note.fallback_reason or "")
    assert len(endpoint.requests) <= 2


@pytest.mark.parametrize(("accepted", "requests"), [(("json_object", None), 2), ((None,), 2)])
def test_an_endpoint_that_refuses_a_format_is_asked_in_another_and_remembered(
    serve: Serve, redis_settings: RedisSettings, accepted: tuple[str | None, ...], requests: int
) -> None:
    endpoint = Endpoint(lambda asked: f"Here it is:\n```json\n{json.dumps(good(asked))}\n```", formats=accepted)
    summaries = write_each(LlmWriter(serve(endpoint), redis_settings), incidents(3))
    assert [(s.writer.name, s.writer.retries) for s in summaries] == [("llm", 0)] * 3
    assert len(endpoint.requests) <= requests + 2
    assert all({"max_tokens", "max_completion_tokens"} & request.keys() for request in endpoint.requests)


def test_a_failing_endpoint_is_left_alone_then_probed_once_while_nobody_waits(serve: Serve, redis_settings: RedisSettings) -> None:
    clock, reply = [0.0], [500, 0.2]
    endpoint = Endpoint(lambda _: reply[0])
    settings = serve(endpoint, batch_wait_s=0)
    writer = LlmWriter(settings, redis_settings, CircuitBreaker(2, 60.0, lambda: clock[0]))
    documents = iter(incidents(20))
    fails, is_open = "HTTP 500: scripted", "circuit open: HTTP 500: scripted"

    async def outcomes(count: int) -> list[str]:
        summaries = await asyncio.gather(*(writer.write(next(documents)) for _ in range(count)))
        return [summary.writer.fallback_reason or "written" for summary in summaries]

    async def until(state: str) -> None:
        async with asyncio.timeout(10):
            while writer._breaker.state != state:
                await asyncio.sleep(0.01)

    async def run() -> None:
        assert [*await outcomes(1), *await outcomes(1), *await outcomes(1)] == [fails, fails, is_open]
        clock[0] = 60.0
        assert await outcomes(3) == [is_open] * 3  # the probe fails beside them
        await until("open")
        asked = len(endpoint.requests)
        clock[0] = 179.0
        assert await outcomes(1) == [is_open]  # twice the cool-down now
        assert len(endpoint.requests) == asked
        clock[0], reply[0] = 180.0, reply[1]
        begin = time.monotonic()
        assert await outcomes(2) == [is_open] * 2
        assert time.monotonic() - begin < 0.15  # the probe takes 0.2 s
        await until("closed")
        assert len(endpoint.requests) == asked + 1
        assert await outcomes(1) == ["written"]
        await writer.close()

    asyncio.run(run())


def test_a_probe_that_is_not_made_says_nothing() -> None:
    clock = [0.0]
    breaker = CircuitBreaker(1, 60.0, lambda: clock[0])
    breaker.failed()
    clock[0] = 60.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.not_made()
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.state == "closed"


def test_the_cool_down_doubles_up_to_tenfold() -> None:
    clock, pauses = [0.0], []
    breaker = CircuitBreaker(1, 60.0, lambda: clock[0])
    breaker.failed()
    for _ in range(6):
        opened = clock[0]
        while not breaker.allows():
            clock[0] += 60.0
        pauses.append((clock[0] - opened) / 60.0)
        breaker.failed()
    assert pauses == [1, 2, 4, 8, 10, 10]


def test_who_gives_up_does_not_end_the_call(serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    asked, given_up = threading.Event(), threading.Event()

    def answer_after_that(_: list[Data]) -> Reply:
        asked.set()
        assert given_up.wait(30)
        return GOOD

    endpoint = Endpoint(answer_after_that)
    writer = LlmWriter(serve(endpoint), redis_settings)

    async def run() -> Summary:
        writing = asyncio.create_task(writer.write(INCIDENT))
        assert await asyncio.to_thread(asked.wait, 30)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        given_up.set()
        async with asyncio.timeout(30):
            while not redis_client.keys(f"{redis_settings.prefix}llm:summary:*"):
                await asyncio.sleep(0.01)
        summary = await writer.write(INCIDENT)
        await writer.close()
        return summary

    assert asyncio.run(run()).writer.cached  # it was paid for
    assert len(endpoint.requests) == 1


def test_azure_is_asked_for_its_deployment(llm_server: HTTPServer, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(one_by_one(GOOD))
    llm_server.expect_request("/openai/deployments/gpt/chat/completions").respond_with_handler(endpoint)
    settings = LlmSettings(llm_server.url_for("/"), "key", "gpt", azure_api_version="2024-10-21")
    assert write(LlmWriter(settings, redis_settings)).writer.name == "llm"
    assert endpoint.paths == ["/openai/deployments/gpt/chat/completions?api-version=2024-10-21"]


@pytest.fixture(params=["template", "llm", "llm that lies", "llm that fails"])
def writer(request: pytest.FixtureRequest, serve: Serve, redis_settings: RedisSettings) -> Iterator[SummaryWriter]:
    replies: dict[str, Reply] = {"template": "", "llm": GOOD, "llm that lies": LIES, "llm that fails": 503}
    settings = LlmSettings() if request.param == "template" else serve(Endpoint(one_by_one(replies[request.param])))
    yield writer_from(settings, redis_settings)


class TestEveryWriter:
    """What a summary writer promises, whoever writes."""

    def test_its_summary_passes_the_validator_and_is_json(self, writer: SummaryWriter) -> None:
        summary = write(writer)
        assert wrong_in({**INCIDENT, **summary.to_document()}) == []
        document = json.loads(json.dumps({**INCIDENT, **summary.to_document()}))
        assert {"headline", "explanation", "pattern", "next_steps", "writer", "severity", "action", "evidence"} < set(document)

    def test_it_leaves_the_incident_as_it_was(self, writer: SummaryWriter) -> None:
        before = json.dumps(INCIDENT)
        write(writer)
        assert json.dumps(INCIDENT) == before


def test_without_an_endpoint_the_template_writes_and_openai_is_never_imported() -> None:
    script = (
        "import sys; from ops.llm.writer import writer_from; from ops.llm.settings import LlmSettings; "
        "from ops.redis.settings import RedisSettings; "
        "print(type(writer_from(LlmSettings(), RedisSettings())).__name__, 'openai' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["TemplateWriter", "False"]
    assert isinstance(writer_from(LlmSettings(), RedisSettings()), TemplateWriter)


def test_an_address_of_redis_that_is_none_is_named_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"redis\.url") as caught:
        writer_from(LlmSettings(api_key="k"), RedisSettings(url="http://:sesame@host"))
    assert "sesame" not in str(caught.value)


def test_settings_hide_the_key_travel_and_refuse_nonsense_by_name() -> None:
    assert "sk-secret" not in repr(LlmSettings(api_key="sk-secret"))
    assert pickle.loads(pickle.dumps(LlmSettings(batch=2))) == LlmSettings(batch=2)
    wrong: list[dict[str, Any]] = [{name: 0} for name in ("timeout_s", "patience_s", "batch", "calls", "requests_per_minute", "cache_days")]
    wrong += [{name: -1} for name in ("queue", "money_per_day", "input_price", "batch_wait_s")] + [{"batch": 10}]
    for changes in wrong:
        with pytest.raises(ValueError, match=rf"llm\.{next(iter(changes))} "):
            LlmSettings(**changes)
    with pytest.raises(ValueError, match=r"llm\.base_url"):
        LlmSettings(azure_api_version="2024-10-21", api_key="k")
