"""Several revisions in one call: gathered, told apart, split when an answer is unusable, never waited for
without end.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from werkzeug import Request, Response

from domain.summaries.fence.reader import read
from domain.summaries.published import wrong_in
from domain.summaries.summary import Draft, LlmUsage
from domain.summaries.template_writer import template_summary
from ops.llm.queue import LlmQueue
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.scripted_endpoint import (
    Data,
    Endpoint,
    Reply,
    Script,
    Serve,
    draft_for,
    good,
    incidents,
    one_by_one,
    write_all,
    write_each,
)

pytest_plugins = ["tests.support.llm_fixtures"]


def entries(asked: list[Data]) -> Any:
    return good(asked)["summaries"]


def alone_or(batch: Script) -> Script:
    """Good answers to those who ask for one summary, `batch` for the others."""
    return lambda asked: good(asked) if len(asked) == 1 else batch(asked)


def test_what_comes_together_is_asked_for_together(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(usage=(4_003, 1_001))
    documents = incidents(10)
    summaries = write_all(LlmWriter(serve(endpoint, calls=1), redis_settings), documents)
    assert endpoint.batches == [4, 4, 2]
    for number, (document, summary) in enumerate(zip(documents, summaries, strict=True)):
        assert (summary.writer.name, summary.writer.retries) == ("llm", 0)
        assert summary.to_document()["headline"] == f"A ring with {6 + 5 * number} alerts"
        assert wrong_in({**document, **summary.to_document()}) == []
    assert sum(s.writer.usage.input_tokens for s in summaries) == 3 * 4_003
    assert sum(s.writer.usage.output_tokens for s in summaries) == 3 * 1_001
    assert sum(s.writer.usage.cost for s in summaries) == pytest.approx(3 * (4_003 * 0.4 + 1_001 * 1.6) / 1e6)
    assert [request["max_completion_tokens"] for request in endpoint.requests] == [2_800, 2_800, 1_400]


def test_two_revisions_of_one_incident_are_told_apart(serve: Serve, redis_settings: RedisSettings) -> None:
    (document,) = incidents(1)
    documents = [{**document, "revision": 1, "status": "opened"}, {**document, "revision": 2, "status": "closed"}]
    endpoint = Endpoint()
    summaries = write_all(LlmWriter(serve(endpoint), redis_settings), documents)
    assert endpoint.batches == [2]
    assert [summary.writer.name for summary in summaries] == ["llm", "llm"]


def swapped(asked: list[Data]) -> Reply:
    drafts = [draft_for(data) for data in reversed(asked)]
    return {"summaries": [{"incident": data["incident"], **draft} for data, draft in zip(asked, drafts, strict=True)]}


def swapped_under_own_ids(asked: list[Data]) -> Reply:
    text = json.dumps(swapped(asked))
    for position in range(len(asked)):
        text = text.replace(f"[F{len(asked) - position}01]", f"[X{position + 1}01]")
    return json.loads(text.replace("[X", "[F"))  # type: ignore[no-any-return]


UNUSABLE: dict[str, Script] = {
    "the summaries of other incidents": swapped,
    "the same with the right fact ids": swapped_under_own_ids,
    "nothing": lambda asked: {"summaries": []},
    "one plain draft": lambda asked: draft_for(asked[0]),
    "each twice": lambda asked: {"summaries": entries(asked) * 2},
    "unknown incidents": lambda asked: {"summaries": [{**entry, "incident": "inc-0.1"} for entry in entries(asked)]},
    "no incident": lambda asked: {"summaries": [draft_for(data) for data in asked]},
    "no list": lambda asked: {"summaries": "none"},
    "a list of odd things": lambda asked: {"summaries": [None, 1, [], {"incident": []}]},
    "another action": lambda asked: {"summaries": [{**entry, "action": "approve"} for entry in entries(asked)]},
    "fact ids of a lone incident": lambda asked: json.dumps(good(asked)).replace("01]", "]").replace("[F2", "[F1").replace("[F3", "[F1"),
    "broken JSON": lambda asked: json.dumps(good(asked)).replace('{"incident"', "{incident"),
    "1 MB": lambda asked: "x" * 1_000_000,
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_an_unusable_answer_is_split(serve: Serve, redis_settings: RedisSettings, what: str) -> None:
    endpoint = Endpoint(alone_or(UNUSABLE[what]))
    documents = incidents(2)
    summaries = write_all(LlmWriter(serve(endpoint, batch=2), redis_settings), documents)
    assert endpoint.batches == [2, 1, 1]
    for document, summary in zip(documents, summaries, strict=True):
        assert (summary.writer.name, summary.writer.retries) == ("llm", 1)
        assert wrong_in({**document, **summary.to_document()}) == []
        assert str(document["alerts"]) in summary.to_document()["headline"]


def test_only_what_is_unusable_is_asked_for_again(serve: Serve, redis_settings: RedisSettings) -> None:
    def one_bad(asked: list[Data]) -> Reply:
        found = entries(asked)
        return {"summaries": [{**e, "headline": "A ring with 99 alerts"} if " 11 " in e["headline"] else e for e in found]}

    endpoint = Endpoint(alone_or(one_bad))
    summaries = write_all(LlmWriter(serve(endpoint), redis_settings), incidents(3))
    assert endpoint.batches == [3, 1]
    assert [summary.writer.retries for summary in summaries] == [0, 1, 0]


def test_of_an_answer_that_is_cut_the_whole_summaries_are_used(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(alone_or(lambda asked: json.dumps(good(asked))[:-90]))
    summaries = write_all(LlmWriter(serve(endpoint), redis_settings), incidents(3))
    assert endpoint.batches == [3, 1]
    assert {summary.writer.name for summary in summaries} == {"llm"}
    assert sorted(summary.writer.retries for summary in summaries) == [0, 0, 1]


def test_where_batches_are_cut_the_next_are_smaller(serve: Serve, redis_settings: RedisSettings) -> None:
    class Cuts(Endpoint):
        def completion(self, reply: str | Data) -> Data:
            body = super().completion(reply)
            body["choices"][0]["finish_reason"] = "length" if isinstance(reply, str) else "stop"
            return body

    endpoint = Cuts(lambda asked: good(asked) if len(asked) < 3 else json.dumps(good(asked))[:-90])
    summaries = write_all(LlmWriter(serve(endpoint, calls=1), redis_settings), incidents(12))
    assert {summary.writer.name for summary in summaries} == {"llm"}
    assert endpoint.batches == [4, 1, 2, 2, 2, 2]


def test_a_retry_that_is_filtered_is_asked_without_the_refused_answer(serve: Serve, redis_settings: RedisSettings) -> None:
    def filters_echoes(request: Request) -> Response:
        if any(message["role"] == "assistant" for message in request.get_json()["messages"]):
            return Response(json.dumps({"error": {"code": "content_filter", "message": "filtered"}}), 400)
        return endpoint(request)

    endpoint = Endpoint(one_by_one("never JSON", 0.0))
    (summary,) = write_all(LlmWriter(serve(filters_echoes), redis_settings), incidents(1))
    assert (summary.writer.name, summary.writer.retries, summary.writer.usage.calls) == ("llm", 1, 3)
    assert "An answer was refused:" in endpoint.requests[-1]["messages"][-1]["content"]


def test_what_stays_wrong_alone_is_asked_once_more_then_the_template_writes(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(one_by_one("never JSON"), usage=(100, 10))
    documents = incidents(2)
    summaries = write_all(LlmWriter(serve(endpoint), redis_settings), documents)
    assert sorted(endpoint.batches) == [1, 1, 1, 1, 2]
    for document, summary in zip(documents, summaries, strict=True):
        assert summary.text == template_summary(document).text
        assert (summary.writer.retries, summary.writer.usage.input_tokens) == (2, 250)


@pytest.mark.parametrize(("status", "requests"), [(429, 3), (500, 4), (503, 3)])
def test_an_endpoint_that_fails_is_not_asked_for_each_alone(
    serve: Serve, redis_settings: RedisSettings, status: int, requests: int
) -> None:
    endpoint = Endpoint(one_by_one(status))
    summaries = write_all(LlmWriter(serve(endpoint, patience_s=4.0), redis_settings), incidents(4))
    assert set(endpoint.batches) == {4}
    assert len(endpoint.batches) <= requests
    assert all(f"HTTP {status}: scripted" in (summary.writer.fallback_reason or "") for summary in summaries)


def test_a_model_that_refuses_batches_is_asked_for_one_at_a_time(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(alone_or(one_by_one(400)))
    summaries = write_all(LlmWriter(serve(endpoint, calls=1, batch=2), redis_settings), incidents(6))
    assert {summary.writer.name for summary in summaries} == {"llm"}
    assert endpoint.batches[-6:] == [1] * 6  # once it is known that two are too many
    assert len(endpoint.batches) <= 9


def test_one_incident_that_is_refused_keeps_the_others_together(serve: Serve, redis_settings: RedisSettings) -> None:
    """A content filter, say, of which the others must not suffer for longer than for this call."""

    def refuse_the_second(asked: list[Data]) -> Reply:
        return 422 if any(data["facts"][0]["value"] == 11 for data in asked) else good(asked)

    endpoint = Endpoint(refuse_the_second)
    documents = incidents(12)
    summaries = write_all(LlmWriter(serve(endpoint, calls=1), redis_settings), documents)
    assert [summary.writer.name for summary in summaries].count("llm") == 11
    assert "HTTP 422: scripted" in str(summaries[1].writer.fallback_reason)
    assert endpoint.batches.count(4) >= 3  # all twelve began as batches of four


def test_with_a_hanging_endpoint_the_template_answers_in_time(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(one_by_one(3.0))
    settings = serve(endpoint, patience_s=0.4, timeout_s=0.6, calls=1, queue=8, batch=2, failures_to_open=1)
    documents = incidents(20)

    async def run() -> tuple[list[str], float, float]:
        writer = LlmWriter(settings, redis_settings)
        begin = time.monotonic()
        told = await asyncio.gather(*(writer.write(document) for document in documents))
        first = time.monotonic() - begin
        await asyncio.sleep(0.5)
        begin = time.monotonic()
        told += await asyncio.gather(*(writer.write(document) for document in documents))
        second = time.monotonic() - begin
        await writer.close()
        return [summary.writer.fallback_reason or "" for summary in told], first, second

    reasons, first, second = asyncio.run(run())
    assert first < 1.2
    assert 8 <= reasons[:20].count("no summary within 0.4 s") <= 10  # in the call or in the queue
    assert set(reasons[:20]) == {"no summary within 0.4 s", "8 others wait"}
    assert reasons[20:] == ["circuit open: no answer within 0.6 s"] * 20
    assert second < 0.4
    assert len(endpoint.requests) == 1


def test_summaries_come_from_the_cache_for_the_same_evidence(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint()
    settings = serve(endpoint)
    documents = incidents(3)
    first = write_all(LlmWriter(settings, redis_settings), documents)
    again = write_each(LlmWriter(settings, redis_settings), documents)  # a restart
    assert [summary.text for summary in again] == [summary.text for summary in first]
    assert [(summary.writer.name, summary.writer.cached, summary.writer.usage) for summary in again] == [("llm", True, LlmUsage())] * 3
    assert len(endpoint.requests) == 1


def test_a_batch_goes_as_soon_as_it_is_whole() -> None:
    """What is less than one waits for more, here for longer than the test does."""

    async def run() -> list[list[int]]:
        served, done = list[list[int]](), asyncio.Event()

        async def serve(items: list[int]) -> None:
            served.append(items)
            done.set()

        queue = LlmQueue(serve, batch=3, wait_s=3600.0, workers=2, longest=10)
        for number in range(5):
            assert queue.put(number)
            await asyncio.sleep(0.01)
        await done.wait()
        await queue.close()
        return served

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [[0, 1, 2]]


def test_an_item_put_as_a_worker_ends_is_served() -> None:
    async def run() -> list[int]:
        served: list[int] = []

        async def serve(items: list[int]) -> None:
            served.extend(items)

        queue = LlmQueue(serve, batch=1, wait_s=0.0, workers=1, longest=10)
        for number in range(200):
            assert queue.put(number)
            for _ in range(number % 7):
                await asyncio.sleep(0)
        while len(served) < 200:
            await asyncio.sleep(0)
        return served

    assert asyncio.run(asyncio.wait_for(run(), 120)) == list(range(200))


def test_what_nobody_foresaw_in_one_incident_takes_no_other_with_it(
    serve: Serve, redis_settings: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = incidents(4)

    def read_or_raise(draft: Draft, incident: Any, language: str) -> Any:
        if incident["id"] == documents[1]["id"]:
            raise KeyError("alerts")
        return read(draft, incident, language)

    monkeypatch.setattr("ops.llm.writer.read", read_or_raise)
    summaries = write_all(LlmWriter(serve(Endpoint()), redis_settings), documents)
    assert [summary.writer.name for summary in summaries] == ["llm", "template", "llm", "llm"]
    assert summaries[1].writer.fallback_reason == "refused: unexpected KeyError"
