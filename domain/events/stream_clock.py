"""The clock of a stream: its latest event time, but for a few events far ahead of the machine's clock."""

from __future__ import annotations

from domain.times import MINUTE_S

AHEAD_MS = 5 * MINUTE_S * 1000
"""So far ahead may the clock of an honest sender be."""
BELIEVED = 100
"""So many events in a row that are ahead are believed: all senders' clocks are, or the machine is slow."""


class StreamClock:
    """Latest event time so far, 0 before the first event.

    A single event with a time of tomorrow would make all others late for a day. History is never ahead, so
    that a replay of it has the same clock as the job.
    """

    __slots__ = ("_ahead", "now_ms")

    def __init__(self) -> None:
        self.now_ms = 0
        self._ahead = 0

    def take(self, time_ms: int, machine_ms: int) -> int:
        """Take an event's time in; return the stream's. `machine_ms` is the time by the machine's clock."""
        if time_ms - machine_ms <= AHEAD_MS:
            self._ahead = 0
        else:
            self._ahead += 1
            if self._ahead < BELIEVED:
                return self.now_ms
        if time_ms > self.now_ms:
            self.now_ms = time_ms
        return self.now_ms
