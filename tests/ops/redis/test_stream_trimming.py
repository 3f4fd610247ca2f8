"""How long the streams grow: what a consumer group still needs stays, up to the hard limit, on a real
server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.redis.permissions import WRITE, acl_rule
from ops.redis.private_group import private_name, remove_abandoned
from ops.redis.writer import TRIM_EVERY, RedisStreamWriter, StreamEntry

NODE = 100  # entries of a stream's node at most: stream-node-max-entries
SLACK = TRIM_EVERY + NODE

Fill = Callable[..., RedisStreamWriter]


@pytest.fixture
def fill(redis_url: str, stream_prefix: str) -> Iterator[Fill]:
    """Writes `count` entries e0, e1, ... to the alerts; a writer given goes on where it was."""
    made: list[RedisStreamWriter] = []

    def fill(
        count: int, max_length: int = 300, hard_max_length: int | None = None, writer: RedisStreamWriter | None = None, **more: Any
    ) -> Any:
        if writer is None:
            writer = RedisStreamWriter(redis_url, stream_prefix, max_length, 60, hard_max_length, **more)
            made.append(writer)
        for i in range(writer.written, writer.written + count):
            writer.write("alerts", StreamEntry(f"e{i}", "order", "high", i, "{}"))
        return writer

    yield fill
    for one in made:
        one.close()


def numbers(client: Any, key: str) -> list[int]:
    return [int(fields["time"]) for _, fields in client.xrange(key)]


def read(client: Any, key: str, count: int, group: str = "team") -> list[str]:
    """Entry ids that the group is given."""
    return [entry_id for _, rows in client.xreadgroup(group, "one", {key: ">"}, count=count) for entry_id, _ in rows]


@pytest.fixture
def key(stream_prefix: str) -> str:
    return f"{stream_prefix}alerts"


def test_without_groups_the_soft_limit_holds(fill: Fill, redis_client: Any, key: str) -> None:
    writer = fill(2000)
    kept = numbers(redis_client, key)
    assert 300 <= len(kept) <= 300 + SLACK
    assert kept == list(range(2000 - len(kept), 2000))
    assert redis_client.memory_usage(key) < 100_000
    assert writer.dropped_unread == 0


def test_unread_entries_stay_and_go_when_they_are_read(fill: Fill, redis_client: Any, key: str) -> None:
    redis_client.xgroup_create(key, "team", id="0", mkstream=True)
    writer = fill(2000)
    assert numbers(redis_client, key) == list(range(2000)), "nobody has read them"
    handled = read(redis_client, key, 1200)
    fill(TRIM_EVERY, writer=writer)
    assert numbers(redis_client, key)[0] == 0, "read, not acknowledged"
    redis_client.xack(key, "team", *handled[1:])
    fill(TRIM_EVERY, writer=writer)
    assert numbers(redis_client, key)[0] == 0, "the first is still in hand"
    redis_client.xack(key, "team", handled[0])
    fill(TRIM_EVERY, writer=writer)
    assert 1200 - NODE <= numbers(redis_client, key)[0] < 1200
    redis_client.xack(key, "team", *read(redis_client, key, 10_000))
    fill(TRIM_EVERY, writer=writer)
    assert 300 <= len(numbers(redis_client, key)) <= 300 + SLACK
    assert writer.dropped_unread == 0


def test_slowest_group_decides(fill: Fill, redis_client: Any, key: str) -> None:
    for group, count in (("quick", 1000), ("slow", 400), ("new", 0)):
        redis_client.xgroup_create(key, group, id="0", mkstream=True)
        if group == "quick":
            writer = fill(1000)
        for entry_id in read(redis_client, key, count, group) if count else ():
            redis_client.xack(key, group, entry_id)
    fill(TRIM_EVERY, writer=writer)
    assert numbers(redis_client, key)[0] == 0
    redis_client.xgroup_destroy(key, "new")
    fill(TRIM_EVERY, writer=writer)
    assert 400 - NODE <= numbers(redis_client, key)[0] < 400


def test_group_that_never_reads_holds_back_the_hard_limit_only(
    fill: Fill, redis_client: Any, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    redis_client.xgroup_create(key, "forgotten", id="0", mkstream=True)
    writer = fill(3000, hard_max_length=1000)
    kept = numbers(redis_client, key)
    assert 1000 <= len(kept) <= 1000 + SLACK
    assert kept == list(range(3000 - len(kept), 3000))
    assert writer.dropped_unread == 3000 - len(kept)
    [record] = caplog.records
    assert f"Stream {key} is full" in record.getMessage()
    assert "consumer group forgotten had not read" in record.getMessage()
    assert f"XGROUP DESTROY {key} forgotten" in record.getMessage()


def test_pending_entry_that_is_gone_holds_back_the_hard_limit_only(fill: Fill, redis_client: Any, key: str) -> None:
    redis_client.xgroup_create(key, "team", id="0", mkstream=True)
    writer = fill(10, hard_max_length=600)
    [first] = read(redis_client, key, 1)
    redis_client.xdel(key, first)
    fill(2000, writer=writer)
    assert 600 <= len(numbers(redis_client, key)) <= 600 + SLACK


@pytest.mark.parametrize(("group", "holds"), [("private:tail-host-1-12345678", False), ("tail-of-ours", True)])
def test_only_a_private_group_that_nobody_reads_with_lets_entries_go(
    fill: Fill, redis_client: Any, key: str, group: str, holds: bool
) -> None:
    """Its reader was killed with an entry in hand. The group of a user stays one, however long it is idle."""
    redis_client.xgroup_create(key, group, id="0", mkstream=True)
    writer = fill(1000, abandoned_s=0.3)
    read(redis_client, key, 1, group)
    fill(TRIM_EVERY, writer=writer)
    assert numbers(redis_client, key)[0] == 0, "it was here a moment ago"
    time.sleep(0.4)
    fill(TRIM_EVERY, writer=writer)
    kept = numbers(redis_client, key)
    assert kept[0] == 0 if holds else 300 <= len(kept) <= 300 + SLACK
    assert redis_client.xinfo_groups(key)[0]["name"] == group, "whoever comes back finds it"
    assert writer.dropped_unread == 0


def test_a_private_reader_removes_what_others_have_abandoned(redis_client: Any, key: str) -> None:
    idle, busy, team = private_name("tail"), private_name("tail"), "team"
    redis_client.xadd(key, {"id": "e0"})
    for group in (idle, busy, team):
        redis_client.xgroup_create(key, group, id="0")
        read(redis_client, key, 1, group)
    time.sleep(0.3)
    read(redis_client, key, 1, busy)
    remove_abandoned(redis_client, [f"{key} missing", key], 0.2)
    assert {group["name"] for group in redis_client.xinfo_groups(key)} == {busy, team}


def test_without_the_right_to_look_at_members_the_job_writes_and_holds_back(
    fill: Fill, redis_url: str, redis_client: Any, stream_prefix: str, key: str
) -> None:
    redis_client.execute_command(*acl_rule("short", stream_prefix, WRITE).replace("PASSWORD", "pa55").split(" "))
    redis_client.xgroup_create(key, private_name("tail"), id="0", mkstream=True)
    read(redis_client, key, 1, redis_client.xinfo_groups(key)[0]["name"])
    writer = RedisStreamWriter(redis_url.replace("//", "//short:pa55@"), stream_prefix, 300, 60, abandoned_s=0.0)
    fill(1000, writer=writer)
    writer.close()
    assert numbers(redis_client, key) == list(range(1000))


STEP = st.tuples(st.integers(0, 250), st.sampled_from(["one", "two"]), st.integers(0, 300), st.integers(0, 300))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 400), st.lists(STEP, min_size=1, max_size=6))
def test_nothing_unread_is_ever_dropped(
    redis_url: str, redis_client: Any, fill: Fill, key: str, max_length: int, steps: list[tuple[int, str, int, int]]
) -> None:
    """Against a plain account of what each group has still to acknowledge: after any history of writes,
    reads and acknowledgements (the oldest last), all of it is in the stream, and of the rest little beyond
    the soft limit."""
    redis_client.flushdb()
    owed: dict[str, list[int]] = {"one": [], "two": []}
    in_hand: dict[str, list[str]] = {"one": [], "two": []}
    for group in owed:
        redis_client.xgroup_create(key, group, id="0", mkstream=True)
    writer = fill(0, max_length, 1_000_000)
    number_of: dict[str, int] = {}
    for writes, group, reads, acknowledged in steps:
        for numbers_owed in owed.values():
            numbers_owed.extend(range(writer.written, writer.written + writes))
        fill(writes, writer=writer)
        number_of |= {entry_id: int(fields["time"]) for entry_id, fields in redis_client.xrange(key)}
        in_hand[group] += read(redis_client, key, reads, group) if reads else []
        for entry_id in reversed(in_hand[group][-acknowledged:] if acknowledged else []):
            redis_client.xack(key, group, entry_id)
            in_hand[group].remove(entry_id)
            owed[group].remove(number_of[entry_id])
        kept = numbers(redis_client, key)
        assert set(owed["one"]) | set(owed["two"]) <= set(kept)
        assert len(kept) >= min(max_length, writer.written)
    for numbers_owed in owed.values():
        numbers_owed.extend(range(writer.written, writer.written + TRIM_EVERY))
    fill(TRIM_EVERY, writer=writer)
    oldest = min(owed["one"] + owed["two"])
    kept = numbers(redis_client, key)
    assert oldest - kept[0] <= NODE or len(kept) <= max_length + SLACK
    assert writer.dropped_unread == 0
