"""`ringwatch check --llm`: one real call, what was agreed and used, or the reason and the mend."""

from __future__ import annotations

import re

import pytest

from flink_job.cli import main
from ops.llm.endpoint.outcome import Failure
from ops.llm.settings import LlmSettings
from ops.llm.trial import MENDS
from tests.support.scripted_endpoint import Data, Endpoint, Reply, Serve, good, one_by_one

pytest_plugins = ["tests.support.llm_fixtures"]

KEY = "sk-Ab3dEf6hIj9lMn2p"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_LLM_API_KEY", KEY)


def checked(llm: LlmSettings, redis_url: str, prefix: str, capsys: pytest.CaptureFixture[str], *settings: str) -> tuple[int, list[str]]:
    told = (f"llm.base_url={llm.base_url}", f"llm.model={llm.model}", f"redis.url={redis_url}", f"redis.prefix={prefix}", *settings)
    code = main(["check", "--llm", *(word for one in told for word in ("--set", one))])
    return code, capsys.readouterr().out.splitlines()


def test_it_asks_once_and_says_what_was_agreed_and_used(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = Endpoint(usage=(912, 143))
    code, lines = checked(serve(endpoint), redis_url, stream_prefix, capsys)
    assert code == 0
    assert len(endpoint.requests) == 1
    assert [line[:14] for line in lines] == ["ok   Redis: Va", "ok   summaries", "     asks with", "     read 912 ", "     headline:"]
    assert re.fullmatch(r"ok   summaries: tiny \(as m\) answers: \d+\.\d s, 1 request", lines[1])
    assert lines[2].startswith("     asks with max_completion_tokens 700, temperature 0, json_schema strict, ")
    assert lines[3] == "     read 912 and wrote 143 tokens, as the endpoint reports; 0.0005936 at the prices of llm"
    assert "6 alerts" in lines[4]


def test_what_was_refused_is_quoted_and_not_paid(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = Endpoint(usage=None, formats=("json_object", None))
    code, lines = checked(serve(endpoint), redis_url, stream_prefix, capsys)
    assert code == 0
    assert re.search(r"answers: \d+\.\d s, \d requests", lines[1])
    assert lines[3] == '     refused: "HTTP 400: unknown parameter response_format"'
    assert "at most: the endpoint does not report it" in lines[4]


def test_the_same_question_is_asked_again(serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = Endpoint()
    for _ in range(2):
        assert checked(serve(endpoint), redis_url, stream_prefix, capsys)[0] == 0
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("reply", "reason", "mend"),
    [
        (401, "HTTP 401: scripted", "set RINGWATCH_LLM_API_KEY"),
        (404, "HTTP 404: scripted", "correct llm.model, or llm.base_url"),
        (402, "HTTP 402: scripted", "add credit"),
        (500, "HTTP 500: scripted", "look whether the endpoint runs"),
        (b"<html><title>Console</title></html>", "an HTML page: Console", "correct llm.model, or llm.base_url"),
        ("", "the answer is empty", "look whether the endpoint runs"),
    ],
)
def test_an_endpoint_that_does_not_answer_is_named_with_the_mend(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str], reply: Reply, reason: str, mend: str
) -> None:
    code, lines = checked(serve(Endpoint(one_by_one(reply))), redis_url, stream_prefix, capsys)
    assert code == 1
    assert len(lines) == 2
    assert lines[1].startswith("FAIL summaries: ")
    assert reason in lines[1]
    assert mend in lines[1]


def test_an_answer_that_may_not_be_published_is_a_note(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def lies(asked: list[Data]) -> Reply:
        return {**good(asked), "headline": "77 accounts of a gang"}

    code, lines = checked(serve(Endpoint(lies)), redis_url, stream_prefix, capsys)
    assert code == 0
    assert lines[-1].startswith("note summaries: the endpoint answers, but what the model wrote was not published (refused: ")


def test_thoughts_that_cost_more_than_the_answer_are_a_note(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Thinks(Endpoint):
        def completion(self, reply: str | Data) -> Data:
            return {**super().completion(reply), "usage": {
                "prompt_tokens": 900, "completion_tokens": 500, "completion_tokens_details": {"reasoning_tokens": 400}}}  # fmt: skip

    code, lines = checked(serve(Thinks()), redis_url, stream_prefix, capsys)
    assert code == 0
    assert lines[-1].startswith("note summaries: 400 of 500 tokens went into thoughts")


def test_without_redis_nothing_is_asked(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = Endpoint()
    code, lines = checked(serve(endpoint), "redis://127.0.0.1:1/0", "x:", capsys)
    assert (code, endpoint.requests) == (1, [])
    assert [line[:10] for line in lines] == ["FAIL Redis"]


def test_without_an_endpoint_it_says_what_to_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_LLM_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["check", "--llm"]) == 1
    assert capsys.readouterr().out.startswith("FAIL summaries: no LLM endpoint is configured: set llm.base_url")


def test_nothing_is_said_of_the_key_or_the_address(
    serve: Serve, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    llm = serve(Endpoint(one_by_one(json_error(f"Incorrect API key provided: {KEY[:8]}*****{KEY[-4:]} at http://llm.example/v1"))))
    _, lines = checked(llm, redis_url, stream_prefix, capsys)
    text = "\n".join(lines)
    assert KEY[:8] not in text
    assert KEY[-4:] not in text
    assert "llm.example" not in text


def json_error(message: str) -> bytes:
    return f'{{"error": {{"message": "{message}", "code": 401}}}}'.encode()


def test_every_failure_has_a_mend() -> None:
    assert set(MENDS) == set(Failure)
