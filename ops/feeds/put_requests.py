"""Records to Kinesis by PutRecords: within its limits, what failed sent again, the records of a key in order.

PutRecords promises no order among the records of one request, and takes some while it refuses others. So a
request holds one record of a key at most; the next one goes when that is there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ops.feeds.kinesis import Kinesis, KinesisAwayError
from ops.feeds.meter import Meter

MOST_RECORDS, MOST_BYTES = 500, 5 * 1024 * 1024
"""Of a request, keys included."""
MOST_RECORD_BYTES = 1024 * 1024
"""Of a record, its key included."""
MOST_KEY = 256
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


@dataclass(frozen=True)
class Record:
    """A record with the key that its shard follows from."""

    key: str
    data: bytes

    @property
    def size(self) -> int:
        """Return the bytes that count."""
        return len(self.key.encode()) + len(self.data)


def next_request(waiting: Sequence[Record]) -> list[int]:
    """Return the places of the records that go next: the first of each key, as many as a request holds."""
    chosen: list[int] = []
    keys: set[str] = set()
    size = 0
    for at, record in enumerate(waiting):
        if record.key in keys:
            continue
        if len(chosen) == MOST_RECORDS or size + record.size > MOST_BYTES:
            break
        chosen.append(at)
        keys.add(record.key)
        size += record.size
    return chosen


class PutRequests:
    """A sender of records.

    `before` is called before each request, `on_wait` after what Kinesis has refused: either may end the
    sending by raising.
    """

    def __init__(self, kinesis: Kinesis, meter: Meter, before: Callable[[], None], on_wait: Callable[[], None]) -> None:
        self._kinesis, self._meter, self._before, self._on_wait = kinesis, meter, before, on_wait

    def send(self, records: Sequence[Record]) -> None:
        """Send records, none too long; they are there when this returns, some twice where an answer was lost.

        Raises KinesisRefusedError.
        """
        waiting, pause_s = list(records), _FIRST_PAUSE_S
        while waiting:
            self._before()
            chosen = next_request(waiting)
            taken = self._taken([waiting[at] for at in chosen])
            gone = {at for at, was_taken in zip(chosen, taken, strict=True) if was_taken}
            waiting = [record for at, record in enumerate(waiting) if at not in gone]
            if any(taken):
                pause_s, self._meter.waits_for = _FIRST_PAUSE_S, ""
            if not all(taken):
                time.sleep(pause_s * random.uniform(0.5, 1.0))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                self._on_wait()

    def _taken(self, records: Sequence[Record]) -> list[bool]:
        """Send one request; return which of its records Kinesis has taken."""
        try:
            answer = self._kinesis.call("put_records", Records=[{"PartitionKey": record.key, "Data": record.data} for record in records])
        except KinesisAwayError as error:
            self._meter.throttled += error.is_throttled
            self._meter.waits_for = "Kinesis"
            return [False] * len(records)
        taken = [not one.get("ErrorCode") for one in answer["Records"]]
        if not all(taken):
            self._meter.throttled += 1
        return taken
