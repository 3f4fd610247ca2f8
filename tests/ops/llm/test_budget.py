"""The budget: whatever subtasks, crashes and restarts do, no more is asked for than the caps allow."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import time
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
import redis.asyncio

from domain.summaries.published import wrong_in
from domain.summaries.summary import LlmUsage
from ops.llm.budget import Booking, LlmBudget, NotInBudgetError
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.support.incident_samples import START, alert, incident_of
from tests.support.scripted_endpoint import Data, Endpoint, Reply, Serve, asked_for, good, incidents, one_by_one, write_all, write_each

pytest_plugins = ["tests.support.llm_fixtures"]

# One call of at most 1,000 input and 100 output tokens is worth 600 millionths at these prices.
PRICES: dict[str, Any] = {"input_price": 0.4, "output_price": 2.0}


async def booked(budget: LlmBudget, attempts: int, tokens: tuple[int, int] = (1_000, 100)) -> tuple[list[Booking], set[str]]:
    """The bookings that fit among `attempts` made at once, and why the others did not."""
    found = await asyncio.gather(*(budget.book(*tokens) for _ in range(attempts)), return_exceptions=True)
    assert all(isinstance(one, Booking | NotInBudgetError) for one in found)
    return [one for one in found if isinstance(one, Booking)], {str(one) for one in found if isinstance(one, NotInBudgetError)}


def client_of(url: str) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(url, decode_responses=True)


@pytest.mark.parametrize(
    ("caps", "fit", "reason"),
    [
        ({"requests_per_minute": 7}, 7, "llm.requests_per_minute is used up"),
        ({"tokens_per_minute": 1_100 * 5 + 1_099}, 5, "llm.tokens_per_minute is used up"),
        ({"money_per_day": 0.0006 * 6}, 6, "llm.money_per_day is used up"),
        ({"money_per_day": 0}, 0, "llm.money_per_day is used up"),
    ],
)
def test_subtasks_share_each_cap(redis_url: str, stream_prefix: str, caps: dict[str, Any], fit: int, reason: str) -> None:
    async def run() -> None:
        settings = LlmSettings(**PRICES, **caps)
        async with client_of(redis_url) as one, client_of(redis_url) as two:
            subtasks = [LlmBudget(client, stream_prefix, settings) for client in (one, two)]
            outcomes = await asyncio.gather(*(booked(subtask, 10) for subtask in subtasks))
            assert sum(len(bookings) for bookings, _ in outcomes) == fit
            assert set.union(*(reasons for _, reasons in outcomes)) == {reason}
            assert (await booked(LlmBudget(one, stream_prefix, settings), 1))[0] == []  # a restart

    asyncio.run(run())


def test_what_was_not_used_comes_back_and_what_was_used_beyond_counts(redis_url: str, stream_prefix: str) -> None:
    async def run() -> None:
        async with client_of(redis_url) as client:
            budget = LlmBudget(client, stream_prefix, LlmSettings(**PRICES, tokens_per_minute=2_200, money_per_day=0.0012))
            (first, second), _ = await booked(budget, 3)
            assert await budget.settle(first, 500, 50) == LlmUsage(500, 50, 0.0003, calls=1)
            assert (await booked(budget, 1))[0] == []
            assert await budget.settle(second, 0, 0) == LlmUsage(calls=1)
            (third,), _ = await booked(budget, 1)
            assert await budget.settle(third, 1_600, 250) == LlmUsage(1_600, 250, 0.00114, calls=1)
            assert (await booked(budget, 1, (0, 0)))[1] == {"llm.tokens_per_minute is used up"}
            assert await client.hget(f"{stream_prefix}llm:budget:day", "micros") == "1440"

    asyncio.run(run())


def test_the_minute_slides_and_the_day_is_the_servers(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    async def run() -> None:
        async with client_of(redis_url) as client:
            minute, day = f"{stream_prefix}llm:budget:minute", f"{stream_prefix}llm:budget:day"
            budget = LlmBudget(client, stream_prefix, LlmSettings(**PRICES, requests_per_minute=2, money_per_day=0.0012))
            (first, second), _ = await booked(budget, 3)
            seconds, _ = await client.time()
            assert first.day == seconds // 86_400
            assert 60 < redis_client.ttl(minute) <= 120
            assert 86_400 < redis_client.ttl(day) <= 172_800
            for member, score in await client.zrange(minute, 0, -1, withscores=True):
                await client.zadd(minute, {member: score - 60_001})
            assert (await booked(budget, 1))[1] == {"llm.money_per_day is used up"}
            await client.hset(day, "day", first.day - 1)  # as if booked yesterday
            (third,), _ = await booked(budget, 1)
            await client.hset(day, "day", third.day + 1)
            await budget.settle(second, 0, 0)  # of a day that has passed: nothing comes back today
            assert await client.hget(day, "micros") == "600"
            # the clock was set back
            assert (await booked(budget, 1, (1_001, 100)))[1] == {"llm.money_per_day is used up"}

    asyncio.run(run())


def test_without_redis_nothing_is_asked(serve: Serve) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = RedisSettings(url=f"redis://127.0.0.1:{unused.getsockname()[1]}/0")
        endpoint = Endpoint()
        summaries = write_all(LlmWriter(serve(endpoint), nowhere), incidents(6))
    assert endpoint.requests == []
    assert {summary.writer.fallback_reason for summary in summaries} == {"budget unknown, Redis gives ConnectionError"}


def test_a_server_that_says_nothing_stops_the_calls_in_time(serve: Serve) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silence = RedisSettings(url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        endpoint = Endpoint()
        begin = time.monotonic()
        summaries = write_all(LlmWriter(serve(endpoint, patience_s=0.5), silence), incidents(2))
    assert endpoint.requests == []
    assert {summary.writer.fallback_reason for summary in summaries} == {"no summary within 0.5 s"}
    assert time.monotonic() - begin < 1.5


def test_every_request_is_booked_the_refused_ones_too(serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    endpoint = Endpoint(formats=(None,))
    write_each(LlmWriter(serve(endpoint), redis_settings), incidents(1))
    assert len(endpoint.requests) == redis_client.zcard(f"{redis_settings.prefix}llm:budget:minute") > 1


@pytest.mark.parametrize("usage", [(900, 150), None])
def test_notes_add_up_to_what_the_budget_has_booked(
    serve: Serve, redis_settings: RedisSettings, redis_client: Any, usage: tuple[int, int] | None
) -> None:
    endpoint = Endpoint(one_by_one("no JSON", 500, "no JSON", 429, 429, "{}"), usage=usage)
    writer = LlmWriter(serve(endpoint, failures_to_open=9), redis_settings)
    summaries = write_each(writer, incidents(6)) + write_all(LlmWriter(serve(endpoint), redis_settings), incidents(9)[6:])
    micros = int(redis_client.hget(f"{redis_settings.prefix}llm:budget:day", "micros"))
    assert sum(s.writer.usage.cost for s in summaries) == pytest.approx(micros / 1e6, abs=1e-6 * len(endpoint.requests))
    members = redis_client.zrange(f"{redis_settings.prefix}llm:budget:minute", 0, -1)
    tokens = sum(s.writer.usage.input_tokens + s.writer.usage.output_tokens for s in summaries)
    assert sum(int(member.partition(":")[2]) for member in members) == tokens
    assert len(members) == len(endpoint.requests)


def test_no_call_uses_more_than_was_booked_for_it(serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    """One token per byte of the whole request, and of the answer, is a bound that no tokenizer breaks."""

    def members() -> list[int]:
        return [int(member.partition(":")[2]) for member in redis_client.zrange(f"{redis_settings.prefix}llm:budget:minute", 0, -1)]

    before: list[int] = []

    def answer(asked: list[Data]) -> Reply:
        before.append(members()[-1])
        return good(asked)

    endpoint = Endpoint(answer, usage=None)
    write_all(LlmWriter(serve(endpoint, calls=1), redis_settings), incidents(5))
    for request, booked, tokens in zip(endpoint.requests, before, members(), strict=True):
        sent = sum(len(message["content"].encode()) for message in request["messages"]) + len(json.dumps(request["response_format"]))
        written = len(json.dumps(good(asked_for(request))))
        assert sent + request["max_completion_tokens"] <= booked <= 1.1 * (sent + request["max_completion_tokens"])
        assert sent + min(written, request["max_completion_tokens"]) <= tokens <= booked


# --- 200 incidents, a cap worth 20 calls, two subtasks, one killed and started again
# ---------------------------------


async def _summarised(settings: LlmSettings, redis_settings: RedisSettings, first: int) -> None:
    """Every other of 200 incidents through a writer of its own, 16 at a time, as Flink hands them over."""
    documents = [incident_of([alert(number, START + number * 60_000)]) for number in range(first, 200, 2)]
    writer = LlmWriter(settings, redis_settings)
    try:
        for begin in range(0, len(documents), 16):
            part = documents[begin : begin + 16]
            summaries = await asyncio.gather(*(writer.write(document) for document in part))
            written = [{**document, **summary.to_document()} for document, summary in zip(part, summaries, strict=True)]
            assert [wrong_in(document) for document in written] == [[]] * len(part)
    finally:
        await writer.close()


def _subtask(settings: LlmSettings, redis_settings: RedisSettings, first: int) -> None:
    asyncio.run(_summarised(settings, redis_settings, first))


def _worth_20_calls(serve: Serve, endpoint: Endpoint, batch: int) -> LlmSettings:
    sent, written = endpoint.usage or (3_000, 400)  # less than the bytes of the prompt, and of the answer
    money = 20 * (sent * 0.4 + written * 1.6) / 1e6
    return serve(endpoint, batch=batch, money_per_day=money, requests_per_minute=1_000, tokens_per_minute=10**7)


@pytest.mark.parametrize(("usage", "batch", "least"), [((900, 150), 1, 5), (None, 1, 2), ((3_000, 600), 4, 5)])
def test_a_cap_worth_20_calls_holds(
    serve: Serve, redis_settings: RedisSettings, usage: tuple[int, int] | None, batch: int, least: int
) -> None:
    endpoint = Endpoint(lambda _: 0.02, usage=usage)
    settings = _worth_20_calls(serve, endpoint, batch)

    async def run() -> None:
        one, two = (asyncio.create_task(_summarised(settings, redis_settings, first)) for first in (0, 1))
        while len(endpoint.requests) < 5 and not one.done():
            await asyncio.sleep(0.001)
        one.cancel()  # in the middle of its calls, which stay booked
        await asyncio.gather(two, _summarised(settings, redis_settings, 0))

    asyncio.run(run())
    assert least <= len(endpoint.requests) <= 20


def test_the_cap_holds_for_two_processes_one_of_them_killed(serve: Serve, redis_settings: RedisSettings) -> None:
    endpoint = Endpoint(lambda _: 0.02, usage=(3_000, 600))
    settings = _worth_20_calls(serve, endpoint, batch=4)

    def start(first: int) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=_subtask, args=(settings, redis_settings, first))
        process.start()
        return process

    one, two = start(0), start(1)
    while len(endpoint.requests) < 3 and two.is_alive():
        time.sleep(0.005)
    one.kill()
    again = start(0)
    for process in (two, again):
        process.join(60)
        assert process.exitcode == 0
    assert 3 <= len(endpoint.requests) <= 20
