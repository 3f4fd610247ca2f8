"""One shard, read batch by batch from a checkpoint on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.feeds.aggregated import events_of
from ops.feeds.bridge_state import EARLIEST, Checkpoint
from ops.feeds.kinesis import IteratorExpiredError, Kinesis

MOST_RECORDS = 1_000
"""Asked for at once, and sent again after a crash. A call gives 10 MB at most, and a shard 2 MB/s."""


@dataclass(frozen=True)
class Fetched:
    """What one call gave: no records at a shard's tip, and now and then before it."""

    events: Sequence[bytes]
    records: int
    behind_ms: int
    """How far the last record is from the shard's tip, 0 there."""
    checkpoint: Checkpoint
    """Where the shard is once these events are at the target."""


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
        ended = not self._iterator
        events = [event for record in records for event in events_of(record["Data"])]
        return Fetched(events, len(records), behind_ms, Checkpoint(self._after, asked_ms - behind_ms, ended))

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
