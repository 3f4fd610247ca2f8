"""Notice of a job that says nothing while many wait: it has failed, starts again, or is held up.

Who has waited half of the time then gets no decision in the other half. With the answer given earlier, a
process that shares its cores with a starting job has that half to read, write and be late in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LEAST_WAITING = 20
"""With fewer who wait, a pause is no sign: a slow job says nothing for a while between two events."""
SILENT_S = 0.25
TICK_S = 0.02


class Silence:
    """Clock that looks every `TICK_S` whether nothing has been heard for `SILENT_S`, and calls then."""

    def __init__(self, waiting: Callable[[], int], on_silence: Callable[[], None]) -> None:
        """Note how many wait, and whom to call."""
        self._waiting, self._on_silence = waiting, on_silence
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """Take that the job has said something, whatever it was."""
        self._since = None

    def look(self, now: float) -> None:
        """Look at a moment of the loop's clock; the first look in which many wait begins a silence."""
        if self._waiting() < LEAST_WAITING:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= SILENT_S:
            self._on_silence()

    def start(self) -> None:
        """Begin, in the loop that runs."""
        self._tick(asyncio.get_running_loop())

    def stop(self) -> None:
        """Look no more."""
        if self._timer:
            self._timer.cancel()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self.look(loop.time())
        self._timer = loop.call_later(TICK_S, self._tick, loop)
