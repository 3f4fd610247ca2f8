"""The consumer group against a real server: shared, claimed, given up, and nothing lost or handled by two."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest
import redis

from ops.redis.consumer import Entry, StreamConsumer
from ops.redis.dead_letters import DeadLetters, Fate
from ops.redis.embedded import EmbeddedRedis
from tests.support.redis_fixtures import Add

ALERT: dict[str, Any] = {"event_id": "e1", "decision": "block"}

Consume = Callable[..., StreamConsumer]


@pytest.fixture
def consume(redis_url: str, stream_prefix: str) -> Iterator[Consume]:
    """Makes members of the group "team", by default on the alerts, that are closed when the test ends."""
    made: list[StreamConsumer] = []

    def make(
        name: str, start: Literal["$", "0"] = "0", url: str = redis_url, streams: tuple[str, ...] = ("alerts",), **more: Any
    ) -> StreamConsumer:
        member = StreamConsumer(url, stream_prefix, streams, "team", name, start, block_s=0.1, **more)
        made.append(member)
        member.open()
        return member

    yield make
    for one in made:
        one.close()


def ids(entries: list[Entry]) -> list[str]:
    return [entry.fields["id"] for entry in entries]


def dead(client: Any, prefix: str) -> list[dict[str, str]]:
    return [fields for _, fields in client.xrange(f"{prefix}dead")]


def test_two_members_share_the_entries(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    one, other = consume("one", batch=3), consume("other", batch=3)
    for i in range(12):
        add("alerts", ALERT, f"e{i}")
    got: dict[str, list[str]] = {"one": [], "other": []}
    for _ in range(2):
        for name, member in (("one", one), ("other", other)):
            entries = member.poll()
            got[name] += ids(entries)
            for entry in entries:
                member.ack(entry)
    assert got == {
        "one": ["e0", "e1", "e2", "e6", "e7", "e8"],
        "other": ["e3", "e4", "e5", "e9", "e10", "e11"],
    }
    assert redis_client.xpending(f"{stream_prefix}alerts", "team")["pending"] == 0


def test_dead_members_entries_are_claimed(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    for i in range(5):
        add("alerts", ALERT, f"e{i}")
    dead = consume("dead")
    assert ids(dead.poll()) == ["e0", "e1", "e2", "e3", "e4"]
    dead.close()
    heir = consume("heir", claim_idle_s=0.2, batch=2)
    assert heir.poll() == [], "not idle for long enough"
    time.sleep(0.25)
    assert ids(list(itertools.islice(heir, 5))) == ["e0", "e1", "e2", "e3", "e4"]
    pending = redis_client.xpending_range(f"{stream_prefix}alerts", "team", "-", "+", 10)
    assert [row["consumer"] for row in pending] == ["heir"], "the one in hand; those before it are acknowledged"


def test_restarted_member_gets_what_it_had_in_hand_first(add: Add, consume: Consume) -> None:
    for i in range(5):
        add("alerts", ALERT, f"e{i}")
    assert ids(list(itertools.islice(consume("one"), 3))) == ["e0", "e1", "e2"]
    add("alerts", ALERT, "e5")
    restarted = consume("one", batch=2)
    assert [ids(restarted.poll()) for _ in range(5)] == [["e2"], ["e3"], ["e4"], ["e5"], []], "one at a time, then in batches"


def test_trimmed_entry_in_hand_is_let_go(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    gone = add("alerts", ALERT, "e0")
    add("alerts", ALERT, "e1")
    consume("one").poll()
    redis_client.xdel(f"{stream_prefix}alerts", gone)
    assert ids(consume("one").poll()) == ["e1"]
    assert redis_client.xpending(f"{stream_prefix}alerts", "team")["pending"] == 1


def test_new_group_starts_now_or_at_the_start(add: Add, consume: Consume) -> None:
    add("alerts", ALERT, "before")
    later = consume("one", start="$")
    add("alerts", ALERT, "after")
    assert ids(later.poll()) == ["after"]


@pytest.mark.parametrize("start", ["0", "$"])
def test_lost_group_goes_on_where_it_was(
    add: Add, consume: Consume, redis_client: Any, stream_prefix: str, start: Literal["$", "0"]
) -> None:
    one = consume("one", start=start)
    add("alerts", ALERT, "e0")
    if start == "0":
        assert ids(one.poll()) == ["e0"]
    redis_client.xgroup_destroy(f"{stream_prefix}alerts", "team")
    add("alerts", ALERT, "e1")
    assert ids(one.poll()) == (["e1"] if start == "0" else ["e0", "e1"])


@pytest.mark.parametrize("anew", ["with smaller ids", "later"])
def test_a_stream_made_anew_is_read_from_its_start(add: Add, consume: Consume, redis_client: Any, stream_prefix: str, anew: str) -> None:
    """Deleted, or lost with its server, whose clock may be behind: its ids then begin below those read."""
    key = f"{stream_prefix}alerts"
    fields: Any = {"id": "far ahead", "json": "{}"}
    redis_client.xadd(key, fields, id="99999999999999-0")
    one = consume("one")
    assert ids(one.poll()) == ["far ahead"]
    redis_client.delete(key)
    if anew == "later":
        assert one.poll() == [], "the group is made with the stream"
    add("alerts", ALERT, "e1")
    assert ids(one.poll()) == ["e1"]


def test_member_outlives_a_restart_of_the_server(
    consume: Consume, stream_prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = EmbeddedRedis(tmp_path)
    one = consume("one", url=server.start().url)
    fields: Any = {"id": "e0", "json": "{}"}
    with redis.Redis.from_url(server.url) as client:
        client.xadd(f"{stream_prefix}alerts", fields)
    with ThreadPoolExecutor(1) as reader:
        entries = iter(one)
        assert next(entries).fields["id"] == "e0"
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        following = reader.submit(next, entries)  # acknowledges e0 first
        time.sleep(0.15)
        with server, redis.Redis.from_url(server.url) as client:
            client.xadd(f"{stream_prefix}alerts", {**fields, "id": "e1"})
            assert following.result().fields["id"] == "e1"
            pending: Any = client.xpending(f"{stream_prefix}alerts", "team")
            assert pending["pending"] == 1, "e1, in hand"
    assert [record.getMessage().split(" (")[0].split("0.1:")[0] for record in caplog.records] == ["Redis at 127.0."] * 2


@pytest.mark.parametrize("lives", [1, 2, 9])
def test_entry_that_kills_its_members_dies_and_takes_nobody_along(
    add: Add, consume: Consume, redis_client: Any, stream_prefix: str, lives: int
) -> None:
    """Each member starts again under its name until it has used up its lives; the next one claims what it
    had.
    """
    for i in range(8):
        add("alerts", ALERT, f"e{i}")
    poisoned = redis_client.xrange(f"{stream_prefix}alerts")[3][0]
    handled: list[str] = []
    given_out = 0
    for life in range(6):
        member = consume(f"member {life // lives}", claim_idle_s=0.0, max_deliveries=3)
        while entries := member.poll():
            for entry in entries:
                if entry.fields["id"] == "e3":
                    given_out += 1
                    break
                handled.append(entry.fields["id"])
                member.ack(entry)
            else:
                continue
            break
    assert given_out == 3
    assert sorted(handled) == ["e0", "e1", "e2", "e4", "e5", "e6", "e7"], "each once"
    [letter] = dead(redis_client, stream_prefix)
    assert letter == {
        **redis_client.xrange(f"{stream_prefix}alerts")[3][1],
        "stream": "alerts",
        "entry": poisoned,
        "group": "team",
        "deliveries": "3",
        "reason": "3 deliveries to group team without an acknowledgement",
    }
    assert redis_client.xpending(f"{stream_prefix}alerts", "team")["pending"] == 0


def test_deaths_in_one_stream_do_not_count_in_another(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    add("alerts", ALERT, "poison")
    add("incidents", ALERT, "innocent")
    for _ in range(4):
        assert "poison" in ids(consume("one", streams=("alerts", "incidents"), max_deliveries=4).poll())
    last = consume("one", streams=("alerts", "incidents"), max_deliveries=4)
    assert [ids(last.poll()) for _ in range(2)] == [["innocent"], []]
    assert [letter["id"] for letter in dead(redis_client, stream_prefix)] == ["poison"]


def test_no_death_is_lost_or_doubled_whoever_looks_first(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    """Four members take 60 entries from each other, acknowledge some at random and drop the rest."""
    everything = {f"e{i}" for i in range(60)}
    for name in sorted(everything):
        add("alerts", ALERT, name)
    assert set(ids(consume("first").poll())) == everything
    acknowledged: set[str] = set()

    def live(seed: int) -> None:
        choice = random.Random(seed)
        member = consume(f"member {seed}", claim_idle_s=0.0, max_deliveries=3)
        while redis_client.xpending(f"{stream_prefix}alerts", "team")["pending"]:
            for entry in member.poll():
                if choice.random() < 0.3:
                    member.ack(entry)
                    acknowledged.add(entry.fields["id"])

    with ThreadPoolExecutor(4) as members:
        list(members.map(live, range(4)))
    died = Counter(letter["id"] for letter in dead(redis_client, stream_prefix))
    assert acknowledged | set(died) == everything
    assert set(died.values()) == {1}


def test_lost_reply_adds_no_second_dead_letter(redis_client: Any, stream_prefix: str, add: Add, consume: Consume) -> None:
    entry_id = add("alerts", ALERT)
    consume("one").poll()
    letters = DeadLetters(redis_client, stream_prefix, "team", "one", 0)
    assert DeadLetters(redis_client, stream_prefix, "team", "other", 0).fate("alerts", entry_id) is Fate.GONE, "not its own"
    assert DeadLetters(redis_client, stream_prefix, "team", "one", 1).fate("alerts", entry_id) is Fate.DUE
    assert [letters.fate("alerts", entry_id) for _ in range(2)] == [Fate.DEAD, Fate.GONE]
    assert len(dead(redis_client, stream_prefix)) == 1


def test_full_server_keeps_the_entry_in_hand(stream_prefix: str) -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        fields: Any = {"id": "e0", "json": "{}"}
        entry_id = client.xadd(f"{stream_prefix}alerts", fields)
        client.xgroup_create(f"{stream_prefix}alerts", "team", id="0")
        client.xreadgroup("team", "one", {f"{stream_prefix}alerts": ">"})
        letters = DeadLetters(client, stream_prefix, "team", "one", 0)
        client.config_set("maxmemory", 1)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            letters.fate("alerts", str(entry_id))
        pending: Any = client.xpending(f"{stream_prefix}alerts", "team")
        assert pending["pending"] == 1
        client.config_set("maxmemory", 0)
        assert letters.fate("alerts", str(entry_id)) is Fate.DEAD


def test_dead_letters_are_read_without_dying_again(add: Add, consume: Consume, redis_client: Any, stream_prefix: str) -> None:
    add("dead", ALERT, "e0")
    for _ in range(4):
        assert ids(consume("one", streams=("dead",), max_deliveries=2).poll()) == ["e0"]
    assert len(dead(redis_client, stream_prefix)) == 1


def test_one_try_is_no_setting(consume: Consume) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        consume("one", max_deliveries=1)
