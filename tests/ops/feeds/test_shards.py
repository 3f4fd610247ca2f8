"""Which shards are read now: children after their parents."""

from __future__ import annotations

from ops.feeds.kinesis import Kinesis
from ops.feeds.kinesis_url import KinesisStream
from ops.feeds.shards import Shard, due, listed
from tests.support.kinesis_server import REGION, THROTTLED, KinesisServer

SPLIT = [Shard("1"), Shard("2", ("1",)), Shard("3", ("1",)), Shard("4", ("2", "3"))]


def test_children_come_after_all_their_parents() -> None:
    assert due(SPLIT, []) == ["1"]
    assert due(SPLIT, ["1"]) == ["2", "3"]
    assert due(SPLIT, ["1", "2"]) == ["3"]
    assert due(SPLIT, ["1", "2", "3"]) == ["4"]
    assert due(SPLIT, ["1", "2", "3", "4"]) == []


def test_a_parent_that_the_stream_does_not_keep_any_more_holds_nothing_up() -> None:
    assert due(SPLIT[1:], []) == ["2", "3"]


def test_all_pages_are_read_and_a_limit_is_waited_for(kinesis: KinesisServer) -> None:
    stream, pages = kinesis.stream(5), []

    def by_two(operation: str, words: dict[str, object]) -> tuple[int, str, str] | None:
        pages.append(dict(words))
        words |= {"MaxResults": 2, "StreamName": stream.name}  # moto wants the name on every page
        return THROTTLED if len(pages) == 2 else None

    kinesis.refuse = by_two
    client = Kinesis(KinesisStream(REGION, stream.name), "FROM")
    assert [shard.shard_id[-1] for shard in listed(client)] == ["0", "1", "2", "3", "4"]
    assert len(pages) == 4
    assert [set(words) & {"StreamName", "NextToken"} for words in pages] == [{"StreamName"}, *[{"NextToken"}] * 3]
