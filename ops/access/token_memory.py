"""Callers of tokens, remembered for seconds: a score must not wait for the store."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ops.access.roles import Caller
from ops.access.sessions import hash_of
from ops.access.shared_looks import SharedLooks
from ops.cases.errors import StoreError

FRESH_S = 5.0
"""For so long a token is not asked about again."""
STALE_S = 30.0
"""For so long it is still taken while it is asked about: the longest that a revoked one is."""
AWAY_S = 300.0
"""For so long it is taken while the store does not answer."""
_MOST = 10_000


@dataclass
class _Known:
    caller: Caller
    asked_at: float


class TokenMemory:
    """The valid tokens that were used last, by the hash of their text. Used by one event loop."""

    def __init__(self, look_up: Callable[[str], Caller | None], seconds: Callable[[], float] = time.monotonic) -> None:
        """Make an empty memory; `look_up` asks the store and may block."""
        self._look_up, self._seconds = look_up, seconds
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._looks = SharedLooks[Caller | None]()

    def forget(self) -> None:
        """Ask about every token again: one was revoked."""
        self._known.clear()
        self._looks = SharedLooks()  # those under way may have looked before

    async def caller(self, text: str) -> Caller | None:
        """Return whose token this is, None for one that is not valid."""
        key = hash_of(text)
        known = self._known.get(key)
        age = self._seconds() - known.asked_at if known else STALE_S
        if known is None or age >= STALE_S:
            return await self._looks.of(key, lambda: self._asked(key, text))
        self._known.move_to_end(key)
        if age >= FRESH_S:
            self._looks.begin(key, lambda: self._asked(key, text))
        return known.caller

    async def _asked(self, key: str, text: str) -> Caller | None:
        """Ask the store, and keep what it says; while it is away keep what it said before."""
        known, looks = self._known.get(key), self._looks
        try:
            caller = await asyncio.to_thread(self._look_up, text)
        except StoreError:
            if known is None or self._seconds() - known.asked_at >= AWAY_S:
                raise
            return known.caller
        if looks is not self._looks:  # forgotten meanwhile
            return caller
        if caller is None:
            self._known.pop(key, None)
            return None
        self._known[key] = _Known(caller, self._seconds())
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return caller
