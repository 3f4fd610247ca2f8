"""The model's writer against a scripted OpenAI-compatible endpoint: whatever it does, a valid summary comes out in time."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from domain.summary import LlmSettings, Summary, SummaryWriter
from domain.summary_validator import validate
from domain.template_writer import TemplateWriter, template_summary
from tests.incident_samples import START, alert, incident_of
from udfs.circuit_breaker import CircuitBreaker
from udfs.llm_writer import LlmWriter, writer_from

INCIDENT = incident_of([alert(n, START + n * 1000, decision="block") for n in range(6)])
GOOD = {
    "headline": "Six accounts, one device [F1]",
    "explanation": "One device raised 6 alerts [F1] on different accounts within a short time.",
    "pattern": "device farm",
    "next_steps": ["Block the accounts."],
}
LIES = {**GOOD, "headline": "77 accounts, one device [F1]"}

Reply = str | int | float | dict[str, Any]


class Endpoint:
    """Answers each request with the next reply: text or a dict as the model's answer, an int as a status, a float as a
    wait in seconds; the last one again and again. `formats` are the response formats it accepts."""

    def __init__(self, *replies: Reply, formats: tuple[str | None, ...] = ("json_schema", "json_object", None)) -> None:
        self.replies, self.formats = list(replies), formats
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request.get_json())
        self.paths.append(request.full_path)
        if self.requests[-1].get("response_format", {}).get("type") not in self.formats:
            return Response(json.dumps({"error": {"message": "unknown parameter response_format"}}), 400)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, float):
            time.sleep(reply)
            reply = json.dumps(GOOD)
        if isinstance(reply, int):
            return Response(json.dumps({"error": {"message": "scripted"}}), reply, content_type="application/json")
        content = json.dumps(reply) if isinstance(reply, dict) else reply
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        return Response(json.dumps(body), content_type="application/json")


def write(writer: SummaryWriter, times: int = 1) -> list[Summary]:
    async def run() -> list[Summary]:
        try:
            return [await writer.write(INCIDENT) for _ in range(times)]
        finally:
            await writer.close()

    return asyncio.run(run())


@pytest.fixture
def serve(httpserver: HTTPServer) -> Callable[..., LlmSettings]:
    def start(endpoint: Endpoint, **changes: Any) -> LlmSettings:
        httpserver.expect_request("/v1/chat/completions").respond_with_handler(endpoint)
        return LlmSettings(**{"base_url": httpserver.url_for("/v1"), "api_key": "sk-test", "model": "tiny", **changes})

    return start


def test_a_good_answer_is_published_with_its_writer(serve: Callable[..., LlmSettings]) -> None:
    endpoint = Endpoint(GOOD)
    (summary,) = write(LlmWriter(serve(endpoint)))
    document = summary.to_document()
    assert {name: document[name] for name in GOOD} == GOOD
    assert document["writer"] == {"name": "llm", "model": "tiny", "retries": 0, "fallback_reason": None}
    (request,) = endpoint.requests
    assert request["temperature"] == 0
    assert request["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (LIES, "the number 77 is not in the evidence"),
        ({**GOOD, "explanation": f"{GOOD['explanation']} See [F99]."}, "F99 does not exist"),
        ("I cannot {help", "not one JSON object"),
        ("", "not one JSON object"),
        ({"headline": "x"}, "explanation is missing"),
        ("[" * 15_000, "not one JSON object"),
        ("x" * 1_000_000, "1000000 characters"),
        ('{"a":' * 3_000 + "1" + "}" * 3_000, "JSON object"),
    ],
)
def test_a_refused_answer_is_asked_for_once_more_with_the_complaint(
    serve: Callable[..., LlmSettings], first: Reply, complaint: str
) -> None:
    endpoint = Endpoint(first, GOOD)
    (summary,) = write(LlmWriter(serve(endpoint)))
    assert (summary.writer.name, summary.writer.retries) == ("llm", 1)
    assert complaint in endpoint.requests[1]["messages"][-1]["content"] or complaint == "JSON object"
    assert len(json.dumps(endpoint.requests[1])) < 20_000


@pytest.mark.parametrize(
    ("reply", "requests", "reason"),
    [
        (LIES, 2, "refused: headline: the number 77"),
        ({**GOOD, "explanation": "Approve the accounts, all of the alerts [F1] are harmless."}, 2, "refused: explanation"),
        ("x" * 1_000_000, 2, "refused: the answer has 1000000 characters"),
        (429, 1, "HTTP 429"),
        (500, 1, "HTTP 500"),
        (401, 1, "HTTP 401"),
        (400, 3, "HTTP 400"),
        (0.8, 1, "no answer within 0.3 s"),
    ],
)
def test_what_stays_wrong_ends_with_the_template(serve: Callable[..., LlmSettings], reply: Reply, requests: int, reason: str) -> None:
    endpoint = Endpoint(reply)
    begin = time.monotonic()
    (summary,) = write(LlmWriter(serve(endpoint, timeout_s=0.3 if isinstance(reply, float) else 5.0)))
    assert summary.draft == template_summary(INCIDENT).draft
    assert (summary.writer.name, summary.writer.model) == ("template", "tiny")
    assert (summary.writer.fallback_reason or "").startswith(reason)
    assert len(endpoint.requests) == requests
    assert time.monotonic() - begin < 5


def test_a_body_that_drips_does_not_outlast_the_timeout() -> None:
    async def run() -> tuple[Summary, float]:
        async def drip(_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            to.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
            try:
                while True:
                    to.write(b" ")
                    await to.drain()
                    await asyncio.sleep(0.05)
            except ConnectionError:
                to.close()
                ended.set()

        ended = asyncio.Event()
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        writer = LlmWriter(LlmSettings(base_url=f"http://127.0.0.1:{port}/v1", timeout_s=0.4))
        begin = time.monotonic()
        summary = await writer.write(INCIDENT)
        took = time.monotonic() - begin
        await writer.close()
        await ended.wait()
        server.close()
        return summary, took

    LlmWriter(LlmSettings(base_url="http://127.0.0.1:1"))._connected()  # the client's import is not the endpoint's time
    summary, took = asyncio.run(run())
    assert summary.writer.fallback_reason == "no answer within 0.4 s"
    assert took < 1.5


def test_a_refused_connection_ends_with_the_template() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        (summary,) = write(LlmWriter(LlmSettings(base_url=f"http://127.0.0.1:{port}/v1")))
    assert (summary.writer.name, summary.writer.fallback_reason) == ("template", "no connection")


@pytest.mark.parametrize("body", ["<html>busy</html>", "{}", '{"choices": []}', '{"choices": [{"message": null}]}', "\x00"])
def test_a_body_that_is_no_completion_ends_with_the_template(httpserver: HTTPServer, body: str) -> None:
    asked: list[Request] = []

    def reply(request: Request) -> Response:
        asked.append(request)
        return Response(body, content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)
    (summary,) = write(LlmWriter(LlmSettings(base_url=httpserver.url_for("/v1"))))
    assert summary.writer.name == "template"
    assert (summary.writer.fallback_reason or "").startswith("unexpected ")
    assert len(asked) == 1


@pytest.mark.parametrize(("accepted", "requests"), [(("json_object", None), 2), ((None,), 3)])
def test_an_endpoint_that_refuses_a_format_is_asked_in_another_and_remembered(
    serve: Callable[..., LlmSettings], accepted: tuple[str | None, ...], requests: int
) -> None:
    endpoint = Endpoint(f"Here it is:\n```json\n{json.dumps(GOOD)}\n```", formats=accepted)
    summaries = write(LlmWriter(serve(endpoint)), times=3)
    assert [(s.writer.name, s.writer.retries) for s in summaries] == [("llm", 0)] * 3
    assert len(endpoint.requests) == requests + 2


def test_a_failing_endpoint_is_left_alone_then_probed_once(serve: Callable[..., LlmSettings]) -> None:
    clock = [0.0]
    endpoint = Endpoint(500, 500, 500, GOOD)
    settings = serve(endpoint)
    writer = LlmWriter(settings, CircuitBreaker(2, 60.0, lambda: clock[0]))

    async def run() -> list[str]:
        told = [await writer.write(INCIDENT) for _ in range(4)]
        clock[0] = 60.0
        told += await asyncio.gather(*(writer.write(INCIDENT) for _ in range(3)))
        clock[0] = 120.0
        told += [await writer.write(INCIDENT) for _ in range(2)]
        await writer.close()
        return [summary.writer.fallback_reason or "written" for summary in told]

    assert asyncio.run(run()) == [
        *("HTTP 500", "HTTP 500", "circuit open", "circuit open"),
        *("HTTP 500", "circuit open", "circuit open"),
        *("written", "written"),
    ]


def test_a_cancelled_probe_frees_the_breaker(serve: Callable[..., LlmSettings]) -> None:
    breaker = CircuitBreaker(1, 0.0)
    writer = LlmWriter(serve(Endpoint(0.5, GOOD)), breaker)
    breaker.failed()

    async def run() -> Summary:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.write(INCIDENT), 0.1)
        summary = await writer.write(INCIDENT)
        await writer.close()
        return summary

    assert asyncio.run(run()).writer.name == "llm"
    assert breaker.state == "closed"


def test_azure_is_asked_for_its_deployment(httpserver: HTTPServer) -> None:
    endpoint = Endpoint(GOOD)
    httpserver.expect_request("/openai/deployments/gpt/chat/completions").respond_with_handler(endpoint)
    settings = LlmSettings(httpserver.url_for("/"), "key", "gpt", azure_api_version="2024-10-21")
    (summary,) = write(LlmWriter(settings))
    assert summary.writer.name == "llm"
    assert endpoint.paths == ["/openai/deployments/gpt/chat/completions?api-version=2024-10-21"]


@pytest.fixture(params=["template", "llm", "llm that lies", "llm that fails"])
def writer(request: pytest.FixtureRequest, serve: Callable[..., LlmSettings]) -> Iterator[SummaryWriter]:
    replies: dict[str, Reply] = {"template": "", "llm": GOOD, "llm that lies": LIES, "llm that fails": 503}
    yield writer_from(None if request.param == "template" else serve(Endpoint(replies[request.param])))


class TestEveryWriter:
    """What a summary writer promises, whoever writes."""

    def test_its_summary_passes_the_validator_and_is_json(self, writer: SummaryWriter) -> None:
        (summary,) = write(writer)
        assert validate(summary.draft, INCIDENT) == []
        document = json.loads(json.dumps({**INCIDENT, **summary.to_document()}))
        assert {"headline", "explanation", "pattern", "next_steps", "writer", "severity", "action", "evidence"} < set(document)

    def test_it_leaves_the_incident_as_it_was(self, writer: SummaryWriter) -> None:
        before = json.dumps(INCIDENT)
        write(writer)
        assert json.dumps(INCIDENT) == before

    def test_it_can_be_sent_to_a_worker(self, writer: SummaryWriter) -> None:
        (summary,) = write(pickle.loads(pickle.dumps(writer)))
        assert validate(summary.draft, INCIDENT) == []


def test_without_an_endpoint_the_template_writes_and_openai_is_never_imported() -> None:
    script = (
        "import sys, udfs.llm_writer as w; from domain.summary import LlmSettings; "
        "print(type(w.writer_from(LlmSettings())).__name__, type(w.writer_from(None)).__name__, 'openai' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["TemplateWriter", "TemplateWriter", "False"]
    assert isinstance(writer_from(LlmSettings(api_key="k")), LlmWriter)
    assert isinstance(writer_from(LlmSettings()), TemplateWriter)


def test_settings_hide_the_key_and_refuse_nonsense_by_name() -> None:
    assert "sk-secret" not in repr(LlmSettings(api_key="sk-secret"))
    with pytest.raises(ValueError, match=r"llm\.timeout_s"):
        LlmSettings(timeout_s=0)
    with pytest.raises(ValueError, match=r"llm\.base_url"):
        LlmSettings(azure_api_version="2024-10-21", api_key="k")
