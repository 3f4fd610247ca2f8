"""Entries of a stream, whole batches: none left out after a crash, a lost group or a server that was away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ops.feeds.group_reader import GroupReader

Reader = Callable[..., GroupReader]


@pytest.fixture
def reader(redis_url: str, stream_prefix: str) -> Reader:
    def made(start: str = "0", count: int = 3) -> GroupReader:
        return GroupReader(redis_url, stream_prefix, "decisions", "bridge:b", start, count, lambda: None)  # type: ignore[arg-type]

    return made


@pytest.fixture
def fill(redis_client: Any, stream_prefix: str) -> Callable[[int, int], None]:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            redis_client.xadd(f"{stream_prefix}decisions", {"json": str(number)})

    return fill


def numbers(reader: GroupReader) -> list[int]:
    return [int(entry.fields["json"]) for entry in reader.read(0.01)]


def test_what_a_dead_one_had_in_hand_comes_first_in_its_order(reader: Reader, fill: Any) -> None:
    fill(0, 8)
    dead = reader()
    dead.acknowledge(dead.read(0.01))
    assert numbers(dead) == [3, 4, 5]
    for _ in range(9):
        assert numbers(reader(count=2)) == [3, 4], "however often"
    heir = reader(count=2)
    found = []
    while entries := heir.read(0.01):
        found += [int(entry.fields["json"]) for entry in entries]
        heir.acknowledge(entries)
    assert found == [3, 4, 5, 6, 7]
    heir.acknowledge([])


def test_one_that_begins_at_the_end_has_what_comes_from_then_on(reader: Reader, fill: Any) -> None:
    fill(0, 3)
    late = reader("$")
    assert numbers(late) == []
    fill(3, 5)
    assert numbers(late) == [3, 4]


@pytest.mark.parametrize("start", ["0", "$"])
def test_a_group_that_the_server_has_lost_goes_on_after_what_was_read(
    reader: Reader, fill: Any, redis_client: Any, stream_prefix: str, start: str
) -> None:
    one = reader(start)
    assert numbers(one) == []
    fill(0, 3)
    assert numbers(one) == [0, 1, 2]
    redis_client.xgroup_destroy(f"{stream_prefix}decisions", "bridge:b")
    fill(3, 5)
    assert numbers(one) == [3, 4]


def test_what_was_trimmed_is_said(reader: Reader, fill: Any, redis_client: Any, stream_prefix: str, caplog: Any) -> None:
    fill(0, 3)
    one = reader()
    assert numbers(one) == [0, 1, 2]
    fill(3, 10)
    redis_client.xtrim(f"{stream_prefix}decisions", maxlen=2, approximate=False)
    assert numbers(reader()) == [8, 9]
    assert "trimmed before group bridge:b had handled them" in caplog.text


def test_a_stream_that_is_not_there_is_named_once(reader: Reader, fill: Any, stream_prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    one = reader("$")
    assert numbers(one) == [] and numbers(one) == []
    assert [record.getMessage() for record in caplog.records] == [
        f"There is no stream {stream_prefix}decisions, or nothing is in it yet. Is the name right, and the job running?"
    ]
    fill(0, 1)
    assert numbers(one) == [0]
    caplog.clear()
    assert numbers(reader("$")) == [0] and not caplog.records
