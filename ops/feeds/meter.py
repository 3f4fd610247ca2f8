"""What a bridge counts, for its line of progress and its metrics."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_RATE_S = 10.0
"""The time over which records per second are counted."""


@dataclass
class Meter:
    """Counts since the start, and what is so now."""

    clock: Callable[[], float] = time.monotonic
    records: int = 0
    """Read from the source and taken by the target."""
    events: int = 0
    """Sent; an aggregated record holds several."""
    throttled: int = 0
    """Calls that a limit of Kinesis has refused."""
    refused: int = 0
    """Records that Kinesis cannot take: longer than a record may be."""
    shards: int = 0
    """Those that this instance reads."""
    others: int = 0
    """Those that other instances read."""
    waits_for: str = ""
    """What is away or full, empty while all goes on."""
    behind_ms: dict[str, int] = field(default_factory=dict)
    """Of each shard of this instance: how far what was taken last is from the tip."""
    _taken: deque[tuple[float, int]] = field(default_factory=deque)

    def took(self, records: int, events: int) -> None:
        """Count what the target has taken."""
        self.records += records
        self.events += events
        if records:
            self._taken.append((self.clock(), records))

    @property
    def lag_ms(self) -> int:
        """Return how far the shard is behind that is most behind."""
        return max(self.behind_ms.values(), default=0)

    @property
    def rate(self) -> float:
        """Return the records a second of the last ten seconds."""
        since = self.clock() - _RATE_S
        while self._taken and self._taken[0][0] <= since:
            self._taken.popleft()
        return sum(count for _, count in self._taken) / _RATE_S
