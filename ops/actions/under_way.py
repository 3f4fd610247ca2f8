"""What is under way to the shop, and whether one more may be: what it is slow about holds up no others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ops.cases.tables import Outgoing

AT_ONCE, AT_MOST = 8, 16
"""Under way at once to a shop that answers, and in all where it is slow about some."""
SLOW_S = 1.5
"""Beyond eight one more may start if the last one is under way for so long: within the 10 s that an answer is
waited for that makes fewer than eight more, so that a new one need not wait for slow ones.
"""
_TRIED_AT_ONCE = 2
"""Of those that have failed before: what is new has the others."""


@dataclass(frozen=True)
class _One:
    row: Outgoing
    began: float


class UnderWay:
    """The actions under way, by their numbers, with when each began by a clock that nobody sets."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._ones: dict[int, _One] = {}

    def begin(self, row: Outgoing, began: float) -> None:
        """Note that an action is under way."""
        self._ones[row.id] = _One(row, began)

    def end(self, row: Outgoing) -> None:
        """Note that it no longer is."""
        del self._ones[row.id]

    @property
    def ids(self) -> list[int]:
        """The numbers of what is under way."""
        return list(self._ones)

    @property
    def is_slow(self) -> bool:
        """Whether the shop has as many as it is given at once."""
        return len(self._ones) >= AT_ONCE

    def has_room(self) -> bool:
        """Return whether one more may start."""
        ones = list(self._ones.values())
        last = max((one.began for one in ones), default=-math.inf)
        return len(ones) < AT_ONCE or (len(ones) < AT_MOST and self._steady() - last >= SLOW_S)

    def has_room_for_tried(self) -> bool:
        """Return whether one more may start of those that have failed before."""
        return sum(one.row.attempts > 0 for one in list(self._ones.values())) < _TRIED_AT_ONCE
