"""How many revisions an endpoint takes in one call, where its answers show that it takes fewer than asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
_HOLDS_S = 3600.0
"""A model with more room, or shorter incidents, are found out within an hour."""


class BatchBound:
    """Bound of a batch, learned and forgotten again. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most, self._until = 0, 0.0

    def learn(self, most: int) -> None:
        """Note that more than `most` in one call were too many."""
        self._most, self._until = most, self._clock() + _HOLDS_S

    def parts(self, items: Sequence[T]) -> list[Sequence[T]]:
        """Return the items in parts that are not too many, in order."""
        most = self._most if self._clock() < self._until else len(items)
        return [items[begin : begin + most] for begin in range(0, len(items), max(1, most))]
