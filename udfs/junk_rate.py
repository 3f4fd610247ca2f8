"""How many rejected lines are written: all of a few, of many a share, so that junk fills no server."""

from __future__ import annotations

import time
from collections.abc import Callable

PER_S = 10.0
AT_ONCE = 2_000
"""So many are written however fast they come; then `PER_S`."""


class JunkRate:
    """A rate with room for a burst, by the machine's clock; lost in a restart."""

    def __init__(self, per_s: float = PER_S, at_once: int = AT_ONCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._at_once, self._clock = per_s, at_once, clock
        self._room, self._at_s = float(at_once), clock()

    def takes(self) -> bool:
        """Return whether one more is written."""
        now_s = self._clock()
        self._room = min(float(self._at_once), self._room + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._room < 1:
            return False
        self._room -= 1
        return True
