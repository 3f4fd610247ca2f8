"""One shard, read batch by batch from a checkpoint on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.feeds.aggregated import events_of
from ops.feeds.bridge_state import Checkpoint
from ops.feeds.kinesis import IteratorExpiredError, Kinesis
from ops.feeds.plan import EARLIEST

MOST_RECORDS = 1_000
"""Asked for at once. A call gives 10 MB at most, and a shard 2 MB/s."""


SENT_TOGETHER = 100
"""Events between two checkpoints: all that come again after a crash. The job knows as many of an account, and
some more, by `graph.duplicates`; one aggregated record may hold more.
"""


@dataclass(frozen=True)
class Part:
    """Records that are sent and noted together."""

    events: Sequence[bytes]
    records: int
    checkpoint: Checkpoint
    """Where the shard is once these events are at the target."""


@dataclass(frozen=True)
class Fetched:
    """What one call gave: no records at a shard's tip, and now and then before it."""

    parts: Sequence[Part]
    """One at least."""
    behind_ms: int
    """How far the last record is from the shard's tip, 0 there."""

    @property
    def records(self) -> int:
        """Return the records of all parts."""
        return sum(part.records for part in self.parts)


class ShardReader:
    """A reader of one shard. `fetch` is called by one thread at a time."""

    def __init__(self, kinesis: Kinesis, shard_id: str, checkpoint: Checkpoint, begin: str, clock: Callable[[], float] = time.time) -> None:
        """Begin after a checkpoint; where it names no record at `begin`: `earliest`, or ms since 1970."""
        self._kinesis, self._shard_id, self._begin, self._clock = kinesis, shard_id, begin, clock
        self._after, self._iterator = checkpoint.after, ""

    def fetch(self) -> Fetched:
        """Return the next records. Raises KinesisAwayError, KinesisRefusedError."""
        asked_ms = int(1000 * self._clock())
        try:
            answer = self._answer()
        except IteratorExpiredError:
            self._iterator = ""
            answer = self._answer()
        self._iterator = answer.get("NextShardIterator") or ""
        records, behind_ms = answer["Records"], int(answer.get("MillisBehindLatest") or 0)
        if records:
            self._after = records[-1]["SequenceNumber"]
        return Fetched(parted(records, Checkpoint(self._after, asked_ms - behind_ms, ended=not self._iterator)), behind_ms)

    def _answer(self) -> dict[str, Any]:
        self._iterator = self._iterator or self._found()
        return self._kinesis.call("get_records", ShardIterator=self._iterator, Limit=MOST_RECORDS)

    def _found(self) -> str:
        """Return an iterator at the place where the shard is to be read on."""
        if self._after is not None:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self._after}
        elif self._begin == EARLIEST:
            place = {"ShardIteratorType": "TRIM_HORIZON"}
        else:
            place = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": int(self._begin) / 1000}  # type: ignore[dict-item]
        return str(self._kinesis.call("get_shard_iterator", ShardId=self._shard_id, **place)["ShardIterator"])


def parted(records: Sequence[Mapping[str, Any]], end: Checkpoint) -> list[Part]:
    """Return records in parts of at most `SENT_TOGETHER` events; `end` is the place after them all."""
    parts: list[Part] = []
    events: list[bytes] = []
    begin = 0
    for at, record in enumerate(records):
        its = events_of(record["Data"])
        if events and len(events) + len(its) > SENT_TOGETHER:
            parts.append(Part(events, at - begin, _after(records[at - 1])))
            events, begin = [], at
        events = events + its
    return [*parts, Part(events, len(records) - begin, end)]


def _after(record: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(record["SequenceNumber"], int(1000 * record["ApproximateArrivalTimestamp"].timestamp()))
