"""Looks into the store that those who wait for the same one share: a hundred requests ask it once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedLooks(Generic[T]):
    """The looks that are under way, by what they are for. Used by one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    def begin(self, name: str, look: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Return the look that is under way under this name, or begin one."""
        task = self._under_way.get(name)
        if task is None or task.done():
            task = self._under_way[name] = asyncio.create_task(look())
            task.add_done_callback(lambda ended: self._end(name, ended))
        return task

    async def of(self, name: str, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what the look finds, and raise what it raises. Who is cancelled ends it for nobody else."""
        return await asyncio.shield(self.begin(name, look))

    def _end(self, name: str, task: asyncio.Task[T]) -> None:
        if self._under_way.get(name) is task:
            del self._under_way[name]
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody need
