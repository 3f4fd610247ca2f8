"""How long an action waits that was not taken."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable

from ops.notify.channel import ChannelError, NotThis, Refused

_AWAY_S, _ALONE_S, _SELDOM_S = 15.0, 60.0, 3600.0
"""Longest pause of the shop, of one action that it does not take now, and of a release that it refuses."""
_LONGEST_ASKED_S = 600.0


class ShopPause:
    """The pause of a shop that is away. It ends by a clock in seconds that nobody sets.

    Of several actions that were under way when it went away, one counts; later one at a time asks again.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady, self._lock = steady, threading.Lock()
        self._failures, self._failed_at, self._again_at = 0, -math.inf, -math.inf

    def allows(self, under_way: int) -> bool:
        """Return whether another action may be sent, beside so many that are under way."""
        with self._lock:
            return self._steady() >= self._again_at and not (self._failures and under_way)

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


def of_all_s(failures: int, error: ChannelError) -> float:
    """Return how long all wait for a shop that was away so many times in a row."""
    return max(min(_AWAY_S, 0.5 * 2.0 ** min(failures, 10)), _asked_s(error))


def of_one_s(attempts: int, error: ChannelError) -> float:
    """Return how long an action waits that was not taken so many times, not all of them equally long."""
    longest_s = _SELDOM_S if isinstance(error, Refused | NotThis) else _ALONE_S
    return max(min(longest_s, 2.0 ** min(attempts, 12)) * random.uniform(0.9, 1.1), _asked_s(error))


def _asked_s(error: ChannelError) -> float:
    if isinstance(error, NotThis):  # that pause is a channel's
        return 0.0
    return min(error.wait_s or 0.0, _LONGEST_ASKED_S)
