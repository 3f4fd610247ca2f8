"""How long an action waits that was not taken."""

from __future__ import annotations

import random

from ops.notify.channel import ChannelError, NotThis, Refused

_AWAY_S, _ALONE_S, _SELDOM_S = 15.0, 60.0, 3600.0
"""Longest pause of the shop, of one action that it does not take now, and of a release that it refuses."""
_LONGEST_ASKED_S = 600.0


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
