"""Numbers that take long to count: told again for a minute, and counted by one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from ops.api.problems import Problem

KEPT_S, LONG_S = 60.0, 0.1
"""How long numbers are told again, and how long they took to count if they are: others are counted anew."""
WAIT_S = 5.0
"""For others who count: more would keep threads from other pages."""
_MOST = 32
Counted = TypeVar("Counted")


class Told(NamedTuple, Generic[Counted]):
    """Numbers, and how many seconds ago they were counted."""

    numbers: Counted
    age_s: float


class Remembered(Generic[Counted]):
    """What was counted, by what was asked. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock of seconds."""
        self._clock, self._one_at_a_time = clock, Lock()
        self._kept: dict[Hashable, tuple[float, Counted]] = {}

    def told(self, asked: Hashable, count: Callable[[], Counted]) -> Told[Counted]:
        """Return the numbers as they were counted within the last minute, else count them.

        Raises `Problem` 503 where others still count theirs after some seconds.
        """
        if not self._one_at_a_time.acquire(timeout=WAIT_S):
            raise Problem(503, "other numbers are being counted: try again in a moment")
        try:
            return self._told(asked, count)
        finally:
            self._one_at_a_time.release()

    def _told(self, asked: Hashable, count: Callable[[], Counted]) -> Told[Counted]:
        begun = self._clock()
        self._kept = {key: kept for key, kept in self._kept.items() if begun - kept[0] < KEPT_S}
        if (kept := self._kept.get(asked)) is not None:
            return Told(kept[1], begun - kept[0])
        numbers = count()
        if self._clock() - begun >= LONG_S and len(self._kept) < _MOST:
            self._kept[asked] = (self._clock(), numbers)
        return Told(numbers, 0.0)
