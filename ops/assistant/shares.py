"""Each person's share of the model: nobody spends the budget, which is that of the summaries, alone."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.times import HOUR_S
from ops.cases.errors import Conflict

AN_HOUR = 20
"""Questions of one person that a model is asked within an hour."""


class Shares:
    """The questions of each person: of the last hour, and those being answered. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._asked = dict[str, deque[float]]()
        self._busy = set[str]()

    @contextmanager
    def taken(self, who: str) -> Iterator[None]:
        """Answer a question of a person meanwhile. Raises `Conflict`."""
        self._take(who)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(who)

    def _take(self, who: str) -> None:
        with self._lock:
            if who in self._busy:
                raise Conflict("another question of yours is being answered: wait for it")
            now = self._clock()
            asked = self._recent(who, now)
            if len(asked) >= AN_HOUR:
                minutes = 1 + int((asked[0] + HOUR_S - now) // 60)
                raise Conflict(f"you asked the model {AN_HOUR} questions within an hour: ready ones go on, others in {minutes} min")
            asked.append(now)
            self._busy.add(who)

    def _recent(self, who: str, now: float) -> deque[float]:
        """Return when a person asked within the last hour; who did not is forgotten."""
        for asked in self._asked.values():
            while asked and asked[0] <= now - HOUR_S:
                asked.popleft()
        self._asked = {name: asked for name, asked in self._asked.items() if asked}
        return self._asked.setdefault(who, deque())
