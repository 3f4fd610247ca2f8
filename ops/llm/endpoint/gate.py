"""The gate that an endpoint closes when it asks to wait: for all calls of all subtasks."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from ops.llm.endpoint.shared import Seen, SharedTerms

_LONGEST_S = 3600.0
"""An endpoint that asks for more is asked again after an hour: some name a day for a quota of a minute."""
_SHORTEST_S = 0.05
_JITTER = 0.1
_BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
_TRUSTED = 2  # hints in a row


def wait_after(hint_s: float | None, times: int) -> float:
    """Return how long to wait after an endpoint was too busy `times` times in a row, 1 the first time.

    A hint counts; from the third time on no less than without one, as some say 0 for ever.
    """
    own_s = _BACKOFF_S[min(times, len(_BACKOFF_S)) - 1]
    wait_s = own_s if hint_s is None else hint_s if times <= _TRUSTED else max(hint_s, own_s)
    return max(_SHORTEST_S, min(wait_s, _LONGEST_S)) * (1 + random.random() * _JITTER)


class Gate:
    """Gate of one subtask, the same as the others' where Redis answers. `clock` gives monotonic seconds."""

    def __init__(self, shared: SharedTerms, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared, self._clock = shared, clock
        self._open_at, self.reason = 0.0, ""

    @property
    def closed_s(self) -> float:
        """Return for how long the endpoint asked to wait from now on, 0 if it did not."""
        return max(0.0, self._open_at - self._clock())

    async def close(self, seconds: float, reason: str) -> None:
        """Close it for so long, unless it is closed for longer."""
        self._note(seconds, reason)
        await self._shared.close_gate(seconds, reason)

    def note(self, seen: Seen) -> None:
        """Take over what the others know."""
        if seen.closed_s:
            self._note(seen.closed_s, seen.reason)

    async def passed(self, until: float) -> bool:
        """Wait until it is open; False, at once, if that is after `until`, in the event loop's time."""
        loop = asyncio.get_running_loop()
        while self.closed_s:
            if loop.time() + self.closed_s > until:
                return False
            await asyncio.sleep(self.closed_s)
        return True

    def _note(self, seconds: float, reason: str) -> None:
        open_at = self._clock() + seconds
        if open_at > self._open_at:
            self._open_at, self.reason = open_at, reason
