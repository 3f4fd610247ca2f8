"""Scoring over a real Redis: decisions, repeats, fallbacks, several instances."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from domain.events.event import Rejected
from domain.times import now_ms
from ops.redis.embedded import EmbeddedRedis
from ops.scoring.answers import AwayError, FullError, UnlikeError
from ops.scoring.scoring import Scoring
from tests.support.control_samples import switch
from tests.support.scoring_rig import MadeUpJob, body, decision, event, running, scoring_on

Story = Callable[[Scoring, MadeUpJob], Awaitable[None]]


@pytest.fixture
def tell(redis_url: str, stream_prefix: str) -> Callable[..., None]:
    """Runs a story with one instance and a job."""

    def tell(story: Story, **settings: Any) -> None:
        async def run() -> None:
            scoring, job = scoring_on(redis_url, stream_prefix, **settings), MadeUpJob(redis_url, stream_prefix)
            async with running(scoring, job=job):
                await story(scoring, job)

        asyncio.run(asyncio.wait_for(run(), 120))

    return tell


def test_each_gets_the_decision_on_its_own_event(tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.decide = lambda line: decision(line, "block" if b"carl" in line else "approve")
        bodies = [body(f"e{number}", account) for number in range(40) for account in ("anna", "carl")]
        answers = [one.document for one in await asyncio.gather(*map(scoring.score, bodies))]
        assert [(one["event_id"], one["decision"]) for one in answers] == [
            (f"e{number}", outcome) for number in range(40) for outcome in ("approve", "block")
        ]
        assert {one["fallback"] for one in answers} == {False}
        assert job.lines == bodies, "in the order in which they came"

    tell(story)


def test_a_repeat_shares_the_wait_and_gets_the_same_decision(tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.awake.clear()
        line = body()
        asked = [asyncio.create_task(scoring.score(line)) for _ in range(3)]
        await asyncio.sleep(0.1)
        assert scoring.waiting == 3
        spaced = line.replace(b'": ', b'" :  ')
        asked.append(asyncio.create_task(scoring.score(spaced)))
        job.awake.set()
        first, *others = [one.text for one in await asyncio.gather(*asked)]
        assert others == [first] * 3
        assert (await scoring.score(line)).text == first
        assert job.lines == [line]

    tell(story)


def test_another_body_with_the_same_id_is_refused(tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.awake.clear()
        line = body()
        asked = asyncio.create_task(scoring.score(line))
        await asyncio.sleep(0.05)
        with pytest.raises(UnlikeError, match="event_id"):
            await scoring.score(body(device_fingerprint="other"))
        job.awake.set()
        await asked
        with pytest.raises(UnlikeError):
            await scoring.score(body(device_fingerprint="other"))
        await scoring.score(body(account="another, with the same id"))
        assert len(job.lines) == 2

    tell(story)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"event_time": 12}, "event_time"),
        ({"event_type": "label"}, "subject_event_id"),
        ({"amount": 3}, "amount"),
        ({"colour": 1}, "colour"),
    ],
)
def test_what_the_job_would_reject_is_refused(wrong: dict[str, Any], field: str, tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        with pytest.raises(Rejected) as refusal:
            await scoring.score(event(**wrong))
        assert refusal.value.field == field
        await scoring.score(event("e2"))
        assert len(job.lines) == 1

    tell(story)


def test_without_a_decision_the_fallback_comes_at_the_deadline_and_the_decision_later(tell: Callable[..., None]) -> None:
    seen = list[tuple[str, float]]()

    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        scoring.observe = lambda outcome, waited_s: seen.append((outcome, waited_s))
        job.awake.clear()
        refund = event(event_type="refund_request", amount=12.5, currency="EUR")
        scored = await scoring.score(refund, deadline_ms=200)
        document = scored.document
        assert (document["decision"], document["fallback"], document["fallback_reason"]) == ("investigate", True, "deadline")
        assert (document["accepted"], scored.late, document["score"], document["amount"]) == (True, True, None, 12.5)
        [(outcome, waited_s)] = seen
        assert outcome == "deadline"
        assert 0.1 <= waited_s < 1
        job.awake.set()
        while not job.lines:
            await asyncio.sleep(0.01)
        assert (await scoring.score(refund)).document["fallback"] is False, "the same event once more"
        assert len(job.lines) == 1

    tell(story, fallback_by_type={"refund_request": "investigate"})


def test_with_auto_block_off_nobody_hears_block(tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.decide = lambda line: decision(line, "block") if b"slow" not in line else None
        assert (await scoring.score(body("e1"))).document["decision"] == "block"
        assert (await scoring.score(body("slow1"), 50)).document["decision"] == "block"
        await job.client.xadd(f"{job._prefix}control", {"json": json.dumps(switch())})
        while scoring.auto_block.is_on:
            await asyncio.sleep(0.01)
        document = (await scoring.score(body("e2"))).document
        assert (document["decision"], document["decided"], document["fallback"]) == ("investigate", "block", False)
        assert (await scoring.score(body("slow2"), 50)).document["decision"] == "investigate"

    tell(story, fallback="block")


def test_another_pseudonym_key_is_said(tell: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.decide = lambda line: {**decision(line), "account": "0123456789abcdef"}
        for number in range(3):
            assert (await scoring.score(body(f"e{number}"), 200)).fallback
        assert caplog.text.count("RINGWATCH_PSEUDONYM_KEY") == 1

    tell(story)


def test_two_instances_write_an_event_once(redis_url: str, stream_prefix: str) -> None:
    async def run() -> None:
        one, other, job = *(scoring_on(redis_url, stream_prefix) for _ in range(2)), MadeUpJob(redis_url, stream_prefix)
        async with running(one, other, job=job):
            bodies = [body(f"e{number}") for number in range(50)]
            answers = await asyncio.gather(*(instance.score(line) for line in bodies for instance in (one, other)))
            assert sorted(job.lines) == sorted(bodies)
            assert all(left.text == right.text for left, right in zip(answers[::2], answers[1::2], strict=True))
            with pytest.raises(UnlikeError):
                await one.score(body("e3", device_fingerprint="other"))
            job.awake.clear()
            mine = asyncio.create_task(one.score(body("late"), 300))
            await asyncio.sleep(0.1)
            with pytest.raises(UnlikeError):
                await other.score(body("late", device_fingerprint="other"))
            await mine

    asyncio.run(asyncio.wait_for(run(), 120))


def test_a_full_stream_or_room_refuses_before_anything_is_accepted(tell: Callable[..., None]) -> None:
    async def story(scoring: Scoring, job: MadeUpJob) -> None:
        job.awake.clear()
        first = [asyncio.create_task(scoring.score(body(f"e{number}"), 300)) for number in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(FullError, match="most_waiting") as full:
            await scoring.score(body("e3"))
        assert full.value.retry_after_s == 1
        await asyncio.gather(*first)
        with pytest.raises(FullError, match="hard_max_length"):
            await scoring.score(body("e4"), 300)
        job.awake.set()
        while len(job.lines) < 3:
            await asyncio.sleep(0.01)
        assert await job.client.xlen(f"{job._prefix}events") == 3, "what was refused is not there"

    tell(story, most_waiting=3, most_unread=3)


def test_a_decision_of_long_ago_comes_from_the_store(redis_url: str, stream_prefix: str) -> None:
    an_hour_ago = now_ms() - 3_600_000
    line = body(event_time=an_hour_ago)
    document = json.loads(decision(line, "investigate")["json"])
    asked = list[tuple[str, str]]()

    def find(account: str, event_id: str) -> Any:
        asked.append((account, event_id))
        if event_id == "broken":
            raise RuntimeError("no such table")
        return document if event_id == "e1" else None

    async def run() -> None:
        scoring, job = scoring_on(redis_url, stream_prefix, find), MadeUpJob(redis_url, stream_prefix)
        async with running(scoring, job=job):
            assert (await scoring.score(line)).document["decision"] == "investigate"
            assert not job.lines
            with pytest.raises(UnlikeError):
                await scoring.score(body(event_time=an_hour_ago - 1))
            await scoring.score(body("new"))
            assert len(asked) == 1, "a new event asks no store"
            assert not (await scoring.score(body("broken", event_time=an_hour_ago))).fallback

    asyncio.run(asyncio.wait_for(run(), 120))


def test_redis_away(stream_prefix: str) -> None:
    """Each is answered in time while it is away; what was taken then is in the stream once it is back."""

    async def run(server: EmbeddedRedis, port: int) -> None:
        scoring = scoring_on(server.url, stream_prefix)
        async with running(scoring):
            await asyncio.sleep(0.1)
            server.stop()
            began = time.monotonic()
            scored = await asyncio.gather(*(scoring.score(body(f"e{number}"), 300) for number in range(20)))
            assert time.monotonic() - began < 1.5
            assert {(one.fallback, one.why, one.accepted) for one in scored} == {(True, "away", False)}
            while scoring.away_s < 1.2:
                await asyncio.sleep(0.05)
            began = time.monotonic()
            assert (await scoring.score(body("at once"), 5000)).fallback
            assert time.monotonic() - began < 1, "nobody waits for a server that is known to be away"
            with pytest.raises(UnlikeError):
                await scoring.score(body("e1", device_fingerprint="other"))
            with EmbeddedRedis(port=port) as back:
                job = MadeUpJob(back.url, stream_prefix)
                task = asyncio.create_task(job.run())
                while len(job.lines) < 21:
                    await asyncio.sleep(0.05)
                assert not (await scoring.score(body("after"))).fallback
                assert len(job.lines) == 22
                task.cancel()
                await job.client.aclose()

    with EmbeddedRedis() as server:
        port = int(server.url.removesuffix("/0").rsplit(":", 1)[1])
        asyncio.run(asyncio.wait_for(run(server, port), 30))


def test_an_instance_that_stops_answers_who_waits_and_takes_no_more(redis_url: str, stream_prefix: str) -> None:
    async def run() -> None:
        scoring = scoring_on(redis_url, stream_prefix)
        await scoring.start()
        asked = asyncio.create_task(scoring.score(body(), 5000))
        await asyncio.sleep(0.1)
        await scoring.stop(0.2)
        assert (await asked).why == "stopping"
        with pytest.raises(AwayError, match="stopping"):
            await scoring.score(body("e2"))

    asyncio.run(asyncio.wait_for(run(), 120))


def test_deadlines_that_cross_each_other_under_the_loop_of_the_server(redis_url: str, stream_prefix: str) -> None:
    """uvloop's timer does not tell when it is due once it has fired."""

    async def run() -> None:
        scoring = scoring_on(redis_url, stream_prefix)
        async with running(scoring):
            asked = []
            for number in range(400):
                asked.append(asyncio.create_task(scoring.score(body(f"e{number}"), 10 + number % 40)))
                if number % 7 == 0:
                    time.sleep(0.011)  # a busy loop: timers fire together with what comes in
                    await asyncio.sleep(0)
            assert all(one.fallback for one in await asyncio.gather(*asked))

    uvloop.run(asyncio.wait_for(run(), 120))
