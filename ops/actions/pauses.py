"""How long an action waits that was not taken."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable

from ops.notify.channel import Busy, ChannelError, NotThis, Refused

_AWAY_S, _BUSY_S, _ALONE_S, _SELDOM_S = 15.0, 30.0, 60.0, 3600.0
"""Longest pause of the shop, of one action that it is busy for, of one that it does not take now, and of a
release that it refuses.
"""
_DOUBTED_FROM = 3
_DOUBT_S, _LONGEST_DOUBT_S = 1.0, 5.0
"""Between two that start while the shop is doubted, and the longest pause after one that failed."""
_WARY_S = 60.0
"""For so long after it was busy for an event the newest go first, lest others like that one hold them up."""
_LONGEST_ASKED_S = 600.0


class ShopPause:
    """The pause of a shop that is away. It ends by a clock in seconds that nobody sets.

    Of several actions that were under way when it went away, one counts; later one at a time asks again.

    One event that it is busy for says nothing of the others: who sends orders could make one that is slow. It
    is doubted once it was busy for three, and has taken nothing in between. One a second asks then, and less
    often with each one more that it is busy for; those that were under way at once count as one here, too.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady, self._lock = steady, threading.Lock()
        self._failures, self._failed_at, self._again_at = 0, -math.inf, -math.inf
        self._busy_for, self._more = set[str](), 0
        self._busy_at = self._doubt_until = -math.inf

    @property
    def is_doubted(self) -> bool:
        """Whether the shop may be away, or was busy for some event a moment ago."""
        return self._failures > 0 or self._steady() - self._busy_at < _WARY_S

    def allows(self, under_way: int) -> bool:
        """Return whether another action may be sent, beside so many that are under way."""
        with self._lock:
            is_time = self._steady() >= max(self._again_at, self._doubt_until)
            return is_time and not (self._failures and under_way)

    def start(self) -> None:
        """Note that an action starts. While the shop is doubted the next one waits, unless it is taken."""
        with self._lock:
            if len(self._busy_for) >= _DOUBTED_FROM:
                self._doubt_until = max(self._doubt_until, self._steady() + _DOUBT_S)

    def doubt(self, event: str, began: float, error: ChannelError) -> None:
        """Note that the shop was busy for an event, asked at a time of the steady clock."""
        with self._lock:
            is_new = event not in self._busy_for and began >= self._busy_at
            self._more += is_new and len(self._busy_for) >= _DOUBTED_FROM
            self._busy_for.add(event)
            self._busy_at = self._steady()
            if len(self._busy_for) >= _DOUBTED_FROM:
                pause_s = min(_LONGEST_DOUBT_S, _DOUBT_S * 2.0 ** min(self._more, 10))
                self._doubt_until = max(self._doubt_until, began + pause_s, self._steady() + min(_AWAY_S, _asked_s(error)))

    def lengthen(self, began: float, error: ChannelError) -> float:
        """Note that an action, begun at a time of the steady clock, met no shop; return how long all wait."""
        with self._lock:
            self._failures += began >= self._failed_at
            self._failed_at = self._steady()
            again_s = of_all_s(self._failures, error)
            self._again_at = max(self._again_at, self._failed_at + again_s)
            return again_s

    def end(self, began: float) -> None:
        """Note that an action was taken: unless the shop went away since it began, it is there."""
        with self._lock:
            self._failures = 0 if began >= self._failed_at else self._failures
            self._busy_for.clear()
            self._more, self._doubt_until = 0, -math.inf


def of_all_s(failures: int, error: ChannelError) -> float:
    """Return how long all wait for a shop that was away so many times in a row."""
    return max(min(_AWAY_S, 0.5 * 2.0 ** min(failures, 10)), _asked_s(error))


def of_one_s(attempts: int, error: ChannelError) -> float:
    """Return how long an action waits that was not taken so many times, not all of them equally long."""
    longest_s = _SELDOM_S if isinstance(error, Refused | NotThis) else _BUSY_S if isinstance(error, Busy) else _ALONE_S
    return max(min(longest_s, 2.0 ** min(attempts, 12)) * random.uniform(0.9, 1.1), _asked_s(error))


def _asked_s(error: ChannelError) -> float:
    if isinstance(error, NotThis):  # that pause is a channel's
        return 0.0
    return min(error.wait_s or 0.0, _LONGEST_ASKED_S)
