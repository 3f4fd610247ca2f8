"""The reader of streams of Redis that an instance follows: decisions, and what control records switch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from ops.redis.direct_link import DirectLink

LOG = logging.getLogger(__name__)
FROM_START = "0-0"
_COUNT = 200
_BLOCK_MS = 2000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0

OnEntry = Callable[[Mapping[bytes, bytes]], None]
"""Called with the fields of an entry; it must not raise."""


class RedisWatch:
    """Follower of some streams of one server, each from a place on. No consumer group: it takes nothing."""

    def __init__(self, url: str, prefix: str, streams: Mapping[str, tuple[str, OnEntry]], timeout_s: float = 5.0) -> None:
        """Note for each key the id after which to begin and what is called with its entries."""
        self._link = DirectLink(url, prefix, timeout_s)
        self._places = {key.encode(): after.encode() for key, (after, _) in streams.items()}
        self._calls = {key.encode(): call for key, (_, call) in streams.items()}
        self._away_since = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    @property
    def away_s(self) -> float:
        """Return for how long the server has not answered, 0 while it does."""
        return time.monotonic() - self._away_since if self._away_since else 0.0

    async def start(self) -> None:
        """Begin to read. It need not reach the server."""
        self._task = asyncio.create_task(self._run(), name="redis watch")

    async def stop(self) -> None:
        """Read no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.close()

    async def _run(self) -> None:
        pause_s, said = _FIRST_PAUSE_S, False
        while True:
            try:
                await self._read(0 if self._away_since else _BLOCK_MS)
            except Exception as error:  # also one of ours: without decisions everybody gets the fallback
                self._away_since = self._away_since or time.monotonic()
                if not said:
                    LOG.warning("Redis gives no decisions (%s); trying until it does.", error)
                said = True
                await self._link.close()
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                pause_s, said, self._away_since = _FIRST_PAUSE_S, False, 0.0

    async def _read(self, block_ms: int) -> None:
        """Read what is new; the first time after a fault without waiting for it, to know that it answers."""
        waits = ("BLOCK", block_ms) if block_ms else ()
        reply = await self._link.call(("XREAD", "COUNT", _COUNT, *waits, "STREAMS", *self._places, *self._places.values()), block_ms / 1000)
        for key, entries in reply or ():
            call = self._calls[key]
            for entry_id, fields in entries:
                self._places[key] = entry_id
                if fields is not None:
                    call(dict(zip(fields[::2], fields[1::2], strict=True)))
