"""How late an event loop is with what it was asked to do at a moment.

A loop that shares its cores with a job that starts again reads requests late and sends answers late. Who has
promised an answer in time has to begin with it as much earlier.
"""

from __future__ import annotations

import asyncio

TICK_S = 0.02
KEPT_S = 5.0
"""For how long the worst is remembered, at least; twice that at most."""


class LoopLag:
    """Clock that asks to be called every `TICK_S`, and notes how much later that was."""

    def __init__(self) -> None:
        self._of_now, self._before, self._until = 0.0, 0.0, 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def worst_s(self) -> float:
        """Return the worst of the last seconds."""
        return max(self._of_now, self._before)

    def note(self, late_s: float, now: float) -> None:
        """Take that something was late by so much, at a moment of the loop's clock."""
        if now >= self._until:
            self._before = self._of_now if now < self._until + KEPT_S else 0.0
            self._of_now, self._until = 0.0, now + KEPT_S
        self._of_now = max(self._of_now, late_s)

    def start(self) -> None:
        """Begin, in the loop that runs."""
        loop = asyncio.get_running_loop()
        self._ask(loop, loop.time() + TICK_S)

    def stop(self) -> None:
        """Ask no more."""
        if self._timer:
            self._timer.cancel()

    def _ask(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._timer = loop.call_at(due, self._called, loop, due)

    def _called(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self.note(now - due, now)
        self._ask(loop, now + TICK_S)
