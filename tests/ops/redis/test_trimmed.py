"""What a group hears of entries that were trimmed before it handled them, on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.redis.consumer import StreamConsumer
from tests.support.redis_fixtures import Add

ALERT = {"event_id": "e1", "decision": "block"}

Read = Callable[..., list[str]]


@pytest.fixture
def key(stream_prefix: str) -> str:
    return f"{stream_prefix}alerts"


@pytest.fixture
def fill(add: Add) -> Callable[[int], None]:
    def fill(count: int) -> None:
        for i in range(count):
            add("alerts", ALERT, f"e{i}")

    return fill


@pytest.fixture
def consume(redis_url: str, stream_prefix: str) -> Iterator[Callable[..., StreamConsumer]]:
    made: list[StreamConsumer] = []

    def consume(name: str = "one", start: Any = "0", url: str = redis_url, **more: Any) -> StreamConsumer:
        made.append(StreamConsumer(url, stream_prefix, ["alerts"], "team", name, start, block_s=0.1, **more))
        made[-1].open()
        return made[-1]

    yield consume
    for one in made:
        one.close()


def trim(client: Any, key: str, left: int) -> None:
    client.xtrim(key, maxlen=left, approximate=False)


def handled(member: StreamConsumer) -> int:
    """Reads all there is; returns how many entries that was."""
    count = 0
    while entries := member.poll():
        count += len(entries)
        for entry in entries:
            member.ack(entry)
    return count


def said(key: str, count: str) -> str:
    return f"{count} trimmed before group team had handled them; raise redis.hard_max_length, or read more often.".replace("KEY", key)


def test_what_a_group_had_in_hand_and_had_not_read_is_one_sum(
    fill: Any, consume: Any, redis_client: Any, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(242)
    assert len(consume(batch=50).poll()) == 50
    trim(redis_client, key, 100)
    again = consume(batch=50)
    assert handled(again) == 100
    assert caplog.messages == [said(key, "142 entries of stream KEY were")]
    assert handled(again) == 0
    assert len(caplog.messages) == 1, "once"


def test_what_is_trimmed_while_the_group_reads_is_said_for_each_gap(
    fill: Any, consume: Any, redis_client: Any, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(10)
    member = consume(start="$")
    fill(20)
    trim(redis_client, key, 19)
    assert handled(member) == 19
    fill(5)
    trim(redis_client, key, 0)
    assert (handled(member), handled(member)) == (0, 0)
    fill(5)
    assert handled(member) == 5
    assert caplog.messages == [said(key, "1 entry of stream KEY was"), said(key, "5 entries of stream KEY were")]


@pytest.mark.parametrize("start", ["0", "$"])
def test_what_was_trimmed_before_the_group_began_is_no_loss(
    fill: Any, consume: Any, redis_client: Any, key: str, caplog: pytest.LogCaptureFixture, start: str
) -> None:
    fill(30)
    trim(redis_client, key, 10)
    member = consume(start=start)
    fill(1)
    assert handled(member) == (11 if start == "0" else 1)
    trim(redis_client, key, 0)
    assert handled(member) == 0
    assert caplog.messages == [], "all was read"


def test_what_a_dead_member_had_in_hand_is_said_once(
    fill: Any, consume: Any, redis_client: Any, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(30)
    assert len(consume("dead", batch=20).poll()) == 20
    trim(redis_client, key, 15)
    assert handled(consume("heir", claim_idle_s=0.001)) == 15
    assert caplog.messages == [said(key, "15 entries of stream KEY were")]
    assert redis_client.xpending(key, "team")["pending"] == 0


def test_a_user_who_may_not_ask_reads_all_the_same(
    fill: Any, consume: Any, redis_client: Any, redis_url: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(30)
    redis_client.acl_setuser("blind", enabled=True, passwords="+pa55", commands=["+@all", "-xinfo|stream"], keys="*")
    try:
        member = consume(url=redis_url.replace("redis://", "redis://blind:pa55@"))
        trim(redis_client, key, 10)
        assert handled(member) == 10
    finally:
        redis_client.acl_deluser("blind")
    assert caplog.messages == []
