"""Decisions of long ago, out of the case store, without ever waiting longer than the request may."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops.scoring.waiting import Key

LOG = logging.getLogger(__name__)
_THREADS, _MOST = 2, 64

FindDecided = Callable[[str, str], Mapping[str, Any] | None]
"""The store's decision on (pseudonym of the account, event id), None for none. It may block and fail."""


class StoreLookup:
    """Threads of its own that ask the store. Where too many questions are open, nothing is known."""

    def __init__(self, find: FindDecided) -> None:
        self._find = find
        self._threads = ThreadPoolExecutor(_THREADS, "decided")
        self._open = 0

    async def find(self, key: Key, within_s: float) -> Mapping[str, Any] | None:
        """Return the decision document; None if there is none, or none was found in time."""
        if self._open >= _MOST:
            return None
        self._open += 1
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._find, *key)
        asked.add_done_callback(self._answered)
        await asyncio.wait([asked], timeout=within_s)
        return asked.result() if asked.done() and not asked.cancelled() and asked.exception() is None else None

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _answered(self, asked: asyncio.Future[Mapping[str, Any] | None]) -> None:
        self._open -= 1
        if not asked.cancelled() and (error := asked.exception()) is not None:
            LOG.warning("The case store does not say what was decided (%s).", error)
