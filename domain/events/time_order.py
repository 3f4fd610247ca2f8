"""Events in the order of their own time (`job.order`): each waits until none before it can come any more.

What comes within `job.out_of_order_s` of the clock of its stream takes the place of its own time. What comes
later takes the place that the clock had left behind when it came, and so is never before the watermark.
`flink_job/java/InTimeOrder.java` does the same in front of each stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, NamedTuple, TypeVar

ARRIVAL, EVENT_TIME = "arrival", "event_time"
"""The values of `job.order`."""
T = TypeVar("T")


class Place(NamedTuple):
    """The place of an event in the order."""

    order_ms: int
    """Before it are all events with less, and of those with as much the ones with a lesser id and account."""
    clock_ms: int
    """Its `Trail.clock_ms` from here on: of an event in time its own time, whenever it came."""


def place_of(time_ms: int, clock_ms: int, lag_ms: int) -> Place:
    """Return the place of an event that comes when its stream's clock is at `clock_ms`.

    Of its result it returns the same again, so that each stage may ask.
    """
    if time_ms >= clock_ms - lag_ms:
        return Place(time_ms, time_ms)
    return Place(clock_ms - lag_ms, clock_ms)


class TimeOrder(Generic[T]):
    """What waits for the events before it: things with their time, in any order in, in one order out."""

    def __init__(self, lag_s: float) -> None:
        self.lag_ms = round(lag_s * 1000)
        self._waiting: list[tuple[int, str, int, int, T]] = []
        self._taken = 0
        self._watermark_ms = 0

    def add(self, place: Place, clock_ms: int, event_id: str, account: int, thing: T) -> None:
        """Take a thing in, which came when its stream's clock was at `clock_ms`."""
        self._taken += 1
        self._watermark_ms = max(self._watermark_ms, clock_ms - self.lag_ms)
        heappush(self._waiting, (place.order_ms, event_id, account, self._taken, thing))

    def due(self) -> Iterator[T]:
        """Take out and yield what nothing can come before any more."""
        while self._waiting and self._waiting[0][0] < self._watermark_ms:
            yield heappop(self._waiting)[-1]

    def rest(self) -> Iterator[T]:
        """Take out and yield all: nothing comes any more."""
        while self._waiting:
            yield heappop(self._waiting)[-1]
