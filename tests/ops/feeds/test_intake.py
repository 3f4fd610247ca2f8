"""The way in, part by part: a crash between target and checkpoint, a full target, the order of shards."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from ops.feeds.bridge_state import BridgeState, Checkpoint
from ops.feeds.intake import Intake
from ops.feeds.kinesis import Kinesis
from ops.feeds.kinesis_url import KinesisStream
from ops.feeds.meter import Meter
from ops.feeds.plan import Plan
from ops.feeds.shard_share import ShardShare
from tests.ops.feeds.test_aggregated import packed
from tests.support.decided_once import decided
from tests.support.event_lines import NOW, ORDER
from tests.support.kinesis_server import REGION, KinesisServer, StreamOf


class Memory:
    """A target that keeps what it is sent, and may die after a batch. `after` is called after each."""

    def __init__(self, unread: int = 0, dies_after: int = 10**9, after: Callable[[Memory], None] = lambda memory: None) -> None:
        self.lines: list[bytes] = []
        self.unread, self.looks, self._dies_after, self._after = unread, 0, dies_after, after

    def send(self, lines: Sequence[bytes]) -> None:
        self.lines += lines
        self._after(self)
        if len(self.lines) >= self._dies_after:
            raise MemoryError("killed after the lines were there")

    def look(self) -> None:
        self.looks += 1
        self.unread -= 1


class Bench:
    def __init__(self, stream: StreamOf, client: Any, prefix: str) -> None:
        self.stream, self._client, self._prefix, self._number = stream, client, prefix, 0
        self.meter = Meter()

    def state(self, name: str = "") -> BridgeState:
        self._number += 1
        return BridgeState(self._client, self._prefix, "b", name or f"i{self._number}", 0.6)

    def forget(self) -> None:
        """Take away all that is in Redis."""
        self._client.delete(*self._client.keys(f"{self._prefix}*"))

    def run(self, target: Memory, start: str = "earliest", hard: int = 100) -> list[bytes]:
        """Read to the tip of all shards."""
        kinesis, state, self.meter = Kinesis(KinesisStream(REGION, self.stream.name), "FROM", 4), self.state(), Meter()
        plan = Plan(start, follow=False, poll_s=0.01, hard_max_length=hard)
        Intake(kinesis, state, ShardShare(kinesis, state, 0.6), target, plan, self.meter).run(lambda: False, lambda: None)
        return target.lines


@pytest.fixture
def bench(kinesis: KinesisServer, redis_client: Any, stream_prefix: str) -> Bench:
    return Bench(kinesis.stream(), redis_client, stream_prefix)


def lines(first: int, last: int, account: str = "alice") -> list[bytes]:
    return [json.dumps(ORDER | {"event_id": f"o-{n}", "account_id": account, "event_time": NOW - n}).encode() for n in range(first, last)]


def test_a_crash_between_target_and_checkpoint_sends_again_and_the_job_leaves_out_what_comes_twice(bench: Bench) -> None:
    bench.stream.put(("alice", line) for line in lines(0, 100))
    dying = Memory(dies_after=1)
    with pytest.raises(MemoryError):
        bench.run(dying)
    bench.stream.put(("alice", line) for line in lines(100, 120))
    after = bench.run(Memory())
    assert after == lines(0, 120)
    sent = dying.lines + after
    assert len(sent) == 220
    assert decided(sent) == [f"o-{n}" for n in range(120)]
    assert bench.run(Memory()) == []


def test_killed_at_any_batch_the_job_decides_each_event_of_a_busy_account_once(bench: Bench) -> None:
    bench.stream.put(("alice", line) for line in lines(0, 1000))
    sent: list[bytes] = []
    while len(set(sent)) < 1000:
        dying = Memory(dies_after=300)
        with suppress(MemoryError):
            bench.run(dying)
        sent += dying.lines
    assert len(sent) > 1000
    assert decided(sent) == [f"o-{n}" for n in range(1000)]


def test_what_redis_has_lost_is_sent_again(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A failover goes back to an earlier checkpoint, an emptied server to none: the events go with it."""
    bench.stream.put(("alice", line) for line in lines(0, 500))
    lost = []

    def goes_back(memory: Memory) -> None:
        if len(memory.lines) == 200 and not lost:
            lost.extend(memory.lines)
            memory.lines.clear()
            bench.forget()

    assert bench.run(Memory(after=goes_back)) == lines(0, 500)
    assert "is read again from its checkpoint" in caplog.text
    assert bench.run(Memory()) == [], "checkpoints are as they were"
    bench.stream.put([("alice", line) for line in lines(500, 510)])
    assert bench.run(Memory(), start="") == lines(500, 510)


def test_one_that_was_still_for_long_sends_nothing_of_what_another_has(bench: Bench) -> None:
    bench.stream.put(("alice", line) for line in lines(0, 500))
    heir, (shard,) = bench.state("heir"), bench.stream.shards()

    def is_still(memory: Memory) -> None:
        time.sleep(0.7)
        assert heir.take([shard["ShardId"]]).mine
        heir.note(shard["ShardId"], Checkpoint("9" * 56, 1, ended=True), Checkpoint())

    assert bench.run(Memory(after=is_still)) == lines(0, 100)


def test_bytes_go_on_as_they_are_and_aggregated_records_as_their_events(bench: Bench) -> None:
    odd = [b"no json", b"\xff\xfe", b'{"a":1}\n', packed(b'{"b":1}', b'{"b":2}')]
    bench.stream.put(("k", data) for data in odd)
    assert bench.run(Memory()) == [*odd[:3], b'{"b":1}', b'{"b":2}']
    assert (bench.meter.records, bench.meter.events) == (4, 5)


def test_it_waits_while_the_job_has_too_much_to_read(bench: Bench) -> None:
    bench.stream.put([("k", b"1")])
    full = Memory(unread=101)
    assert bench.run(full) == [b"1"]
    assert full.looks == 2


def test_the_events_of_a_key_stay_in_order_through_splits_and_merges(bench: Bench) -> None:
    stream, keys = bench.stream, [f"k{n}" for n in range(8)]
    for round_of in range(4):
        stream.put((key, f"{key}:{round_of}".encode()) for key in keys)
        shards = [shard["ShardId"] for shard in stream.shards()]
        if round_of == 0:
            stream.split(shards[0])
        elif round_of == 1:
            stream.merge(shards[1], shards[2])
        elif round_of == 2:
            stream.split(shards[3])
    found = bench.run(Memory())
    assert sorted(found) == sorted(f"{key}:{n}".encode() for key in keys for n in range(4))
    for key in keys:
        assert [line for line in found if line.startswith(f"{key}:".encode())] == [f"{key}:{n}".encode() for n in range(4)]
    ended = [shard for shard, checkpoint in bench.state().checkpoints().items() if checkpoint.ended]
    assert [shard[-1] for shard in sorted(ended)] == ["0", "1", "2", "3"]


def test_a_stream_made_anew_is_read_from_its_start(bench: Bench) -> None:
    bench.stream.put([("k", b"1")])
    assert bench.run(Memory()) == [b"1"]
    bench.stream.make_anew()
    bench.stream.put([("k", b"2")])
    assert bench.run(Memory(), start="") == [b"2"]


def test_what_the_stream_has_dropped_unread_is_said(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.stream.put([("k", b"1")])
    bench.run(Memory())
    state = bench.state("late")
    shard = bench.stream.shards()[0]["ShardId"]
    state.take([shard, "shardId-gone"])
    state.note(shard, Checkpoint(None, 1_700_000_000_000), state.checkpoints()[shard])
    state.note("shardId-gone", Checkpoint("5", 1_700_000_000_000), Checkpoint())
    state.give_up([shard, "shardId-gone"], ends=True)
    with caplog.at_level(logging.WARNING):
        bench.run(Memory())
    assert "Shard shardId-gone is gone; what arrived in it after 2023-11-14T22:13:20Z is lost." in caplog.text
    assert "and the stream keeps 24 hours: what arrived in between and is older is lost" in caplog.text
    assert "shardId-gone" not in state.checkpoints()


def test_a_place_that_has_expired_is_asked_for_again(bench: Bench, kinesis: KinesisServer) -> None:
    bench.stream.put(("k", str(n).encode()) for n in range(1500))
    answers = iter([None, (400, "ExpiredIteratorException", "too old")])
    kinesis.refuse = lambda operation, words: next(answers, None) if operation == "GetRecords" else None
    assert bench.run(Memory()) == [str(n).encode() for n in range(1500)]
