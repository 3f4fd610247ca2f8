"""What waits for a call: gathered into batches, bounded in length."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class LlmQueue(Generic[T]):
    """Queue that hands what waits to `serve`, the oldest first.

    A batch holds at most `batch`; `workers` of them are served at once.

    A worker lets `wait_s` go by for more to come before it takes less than a whole batch. Belongs to one
    event loop.
    """

    def __init__(self, serve: Callable[[list[T]], Awaitable[None]], batch: int, wait_s: float, workers: int, longest: int) -> None:
        self._serve, self._batch, self._wait_s, self._most_workers, self._longest = serve, batch, wait_s, workers, longest
        self._waiting: deque[T] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._is_whole = asyncio.Event()
        """Set when a whole batch waits."""

    def put(self, item: T) -> bool:
        """Take `item` in, and return True; False if a call cannot start now and `longest` wait already."""
        idle = len(self._workers) < self._most_workers
        if not idle and len(self._waiting) >= self._longest:
            return False
        self._waiting.append(item)
        if len(self._waiting) >= self._batch:
            self._is_whole.set()
        if idle:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return True

    async def close(self) -> None:
        """End the workers, whatever they wait for."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _gathered(self) -> None:
        """Wait until a whole batch is there, for `wait_s` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s):
                while len(self._waiting) < self._batch:
                    self._is_whole.clear()
                    await self._is_whole.wait()

    async def _work(self) -> None:
        while self._waiting:
            await self._gathered()
            items = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            if items:
                await self._serve(items)
        # Not by the callback alone, which comes later: an item put in between would find no worker and start
        # none.
        worker = asyncio.current_task()
        assert worker is not None
        self._workers.discard(worker)
