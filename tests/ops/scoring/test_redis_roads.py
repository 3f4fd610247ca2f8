"""Gate and watch over servers that fail, move and refuse: each event is in the stream once."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from ops.redis.direct_link import DirectLink
from ops.scoring.answers import AwayError
from ops.scoring.redis_gate import RedisGate
from ops.scoring.redis_watch import FROM_START, RedisWatch
from ops.scoring.scoring import Scoring
from ops.scoring.sending import Sending
from tests.support.redis_clusters import Cluster, Watched, until
from tests.support.scoring_rig import body, decision, running, scoring_on

Act = Callable[[], None]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as watched:
        yield watched


def told(client: Any, key: str) -> Counter[str]:
    return Counter(json.loads(fields["json"])["event_id"] for _, fields in client.xrange(key))


async def sent_while(scoring: Scoring, act: Act, count: int = 60) -> list[str]:
    """Send events, one every 20 ms, while something happens to the server; what was not taken comes again."""
    names = [f"e{number}" for number in range(count)]
    acting = asyncio.create_task(asyncio.to_thread(act))
    results = []
    for name in names:
        results.append(asyncio.create_task(taken(scoring, body(name))))
        await asyncio.sleep(0.02)
    await acting
    await asyncio.gather(*results)
    return names


async def taken(scoring: Scoring, line: bytes) -> None:
    while True:
        try:
            [result] = await scoring.publish([line])
        except AwayError:
            await asyncio.sleep(0.2)
            continue
        assert result.status in ("accepted", "repeated")
        return


def test_a_server_that_hangs_is_away_since_it_was_asked() -> None:
    """Its silence counts from the question: nobody waits for a second more after the two of no reply."""

    async def away_s() -> float:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            gate = RedisGate(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", "hangs:", 60, 10, timeout_s=1.5)
            await gate.start()
            gate.send(Sending("events", "claim", "digest", b"{}", lambda word, detail: None))
            while not gate.away_s:
                await asyncio.sleep(0.01)
            found = gate.away_s
            await gate.stop(0.1)
            return found

    assert asyncio.run(away_s()) >= 1.5


def test_a_failover_is_followed_and_each_event_is_there_once(watched: Watched, stream_prefix: str) -> None:
    before, after = watched.ports

    def kill() -> None:
        watched.kill(before)
        until(lambda: watched.primary() == after)
        watched.follow(before, after)

    async def run() -> list[str]:
        scoring = scoring_on(watched.url, stream_prefix, replicas=1)
        async with running(scoring):
            names = await sent_while(scoring, kill)
            until(lambda: watched.client(after).info("replication")["role"] == "master")
            line = body("asked")
            asking = asyncio.create_task(scoring.score(line, 8000))
            await asyncio.sleep(0.1)
            watched.client(after).xadd(f"{stream_prefix}decisions", decision(line))
            assert not (await asking).fallback, "decisions are read from the new primary"
            return [*names, "asked"]

    names = asyncio.run(asyncio.wait_for(run(), 120))
    assert told(watched.client(after), f"{stream_prefix}events") == Counter(names)


def test_a_slot_that_moves_is_followed(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        prefix = cluster.prefix_at(cluster.ports[0])
        slot = int(cluster.client(cluster.ports[0]).execute_command("CLUSTER KEYSLOT", prefix))

        async def run() -> list[str]:
            scoring = scoring_on(cluster.url, prefix)
            async with running(scoring):
                return await sent_while(scoring, lambda: cluster.move_slot(slot, cluster.ports[1]))

        names = asyncio.run(asyncio.wait_for(run(), 120))
        assert told(cluster.client(cluster.ports[1]), f"{prefix}events") == Counter(names)


def test_what_was_taken_but_whose_reply_was_lost_is_there_once(
    redis_url: str, redis_client: Any, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = DirectLink.calls, list[int]()

    async def calls(link: DirectLink, commands: Any, longest_s: float = 0.0) -> Any:
        replies = await real(link, commands, longest_s)
        if commands[0][0] in ("EVAL", "EVALSHA") and not isinstance(replies[0], Exception) and len(lost) < 3:
            lost.append(1)
            raise ConnectionError("the connection broke")
        return replies

    monkeypatch.setattr(DirectLink, "calls", calls)

    async def run() -> None:
        scoring = scoring_on(redis_url, stream_prefix)
        async with running(scoring):
            results = await scoring.publish([body("e1"), body("e2")])
            assert [result.status for result in results] == ["accepted", "accepted"]
            assert len(lost) == 3

    asyncio.run(asyncio.wait_for(run(), 120))
    assert told(redis_client, f"{stream_prefix}events") == Counter(["e1", "e2"])


def test_a_right_that_is_missing_leaves_no_event_without_its_claim(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    """SET is refused after XADD: the entry is taken back, and is there once when the right is given."""
    redis_client.acl_setuser("score", enabled=True, reset=True, nopass=True, keys=["*"], commands=["+@all", "-set"])
    url = redis_url.replace("redis://", "redis://score:x@")

    async def run() -> None:
        scoring = scoring_on(url, stream_prefix)
        async with running(scoring):
            asking = asyncio.create_task(scoring.score(body("e1"), 300))
            assert (await asking).why == "away"
            assert redis_client.xlen(f"{stream_prefix}events") == 0
            redis_client.acl_setuser("score", commands=["+set"])
            while scoring.unsent:
                await asyncio.sleep(0.05)
            redis_client.script_flush()
            await taken(scoring, body("e2"))

    asyncio.run(asyncio.wait_for(run(), 120))
    assert told(redis_client, f"{stream_prefix}events") == Counter(["e1", "e2"])


def test_a_stream_that_cannot_be_written_holds_up_no_other(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    redis_client.set(f"{stream_prefix}labels", "another program's")

    async def run() -> None:
        scoring = scoring_on(redis_url, stream_prefix)
        label = {"event_type": "label", "subject_event_id": "e1", "is_fraud": True}
        async with running(scoring):
            labels = asyncio.create_task(scoring.publish_labels([body("cb1", **label)]))
            await asyncio.sleep(0.1)
            await asyncio.wait_for(taken(scoring, body("e1")), 1)
            assert (scoring.unsent, scoring.away_s) == (1, 0)
            redis_client.delete(f"{stream_prefix}labels")
            assert [one.status for one in await labels] == ["accepted"]

    asyncio.run(asyncio.wait_for(run(), 120))
    assert told(redis_client, f"{stream_prefix}labels") == Counter(["cb1"])


def test_a_watch_goes_on_where_it_was_after_a_break(redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    key = f"{stream_prefix}decisions"

    async def run() -> list[bytes]:
        seen = list[bytes]()
        watch = RedisWatch(redis_url, stream_prefix, {key: (FROM_START, lambda fields: seen.append(fields[b"n"]))}, timeout_s=0.5)
        await watch.start()
        for number in range(30):
            redis_client.xadd(key, {"n": number})
            if number % 10 == 5:
                redis_client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.sleep(0.02)
        while len(seen) < 30:
            await asyncio.sleep(0.02)
        await watch.stop()
        return seen

    assert asyncio.run(asyncio.wait_for(run(), 120)) == [str(number).encode() for number in range(30)]
