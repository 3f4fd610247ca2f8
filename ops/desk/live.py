"""What changes in the queue, as it changes: one look a second for all who watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import select

from ops.cases.errors import StoreError
from ops.cases.store import Store
from ops.cases.tables import CaseRow

LOOK_S = 1.0
_WINDOW_MS = 60_000
"""How far back each look goes: what a worker wrote late has an earlier time."""
_MOST = 500  # changes of one look
_MOST_BEHIND = 60  # looks that a slow reader may miss before it is let go
MOST_OF_ONE = 5
"""Streams of one person at once; one more ends the oldest."""
Seen = dict[str, tuple[int, int, bool]]


@dataclass(frozen=True)
class Change:
    """A case that has changed, or is new to the queue."""

    case_id: str
    is_new: bool


class LiveQueue:
    """The changes of a store's cases, for at most `most` who watch at once. It looks while somebody does.

    Used by one event loop.
    """

    def __init__(self, store: Store, clock: Callable[[], int], most: int) -> None:
        self._store, self._clock, self._most = store, clock, most
        self._watchers: dict[asyncio.Queue[list[Change]], str] = {}  # whose each is, the oldest first
        self._task: asyncio.Task[None] | None = None

    def has_place(self, name: str) -> bool:
        """Return whether a person may watch now: in a free place, or in that of their oldest stream."""
        return len(self._watchers) < self._most or len(self._of(name)) >= MOST_OF_ONE

    async def changes(self, name: str) -> AsyncIterator[list[Change]]:
        """Yield what has changed, each second; an empty list where nothing has. It ends with the place."""
        if not self.has_place(name):
            return
        mine: asyncio.Queue[list[Change]] = asyncio.Queue(_MOST_BEHIND)
        self._make_room(name)
        self._watchers[mine] = name
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            while mine in self._watchers:
                yield await mine.get()
        finally:
            self._watchers.pop(mine, None)

    def _of(self, name: str) -> list[asyncio.Queue[list[Change]]]:
        return [watcher for watcher, whose in self._watchers.items() if whose == name]

    def _make_room(self, name: str) -> None:
        own = self._of(name)
        for watcher in own[: max(0, len(own) + 1 - MOST_OF_ONE)]:
            del self._watchers[watcher]
            if watcher.empty():  # it waits: the end is not to wait for the next look
                watcher.put_nowait([])

    async def _look(self) -> None:
        known: Seen | None = None
        while self._watchers:
            try:
                found = await asyncio.to_thread(self._recent)
            except StoreError:  # away: the next look may find it again
                found = known or {}
            self._tell(changes_between(known, found))
            known = found
            await asyncio.sleep(LOOK_S)

    def _tell(self, changes: list[Change]) -> None:
        for watcher in list(self._watchers):
            try:
                watcher.put_nowait(changes)
            except asyncio.QueueFull:
                del self._watchers[watcher]

    def _recent(self) -> Seen:
        """Return the cases that changed lately: version, time of the change, whether they came with it."""
        columns = (CaseRow.id, CaseRow.version, CaseRow.updated_at, CaseRow.opened_at)
        asked = select(*columns).where(CaseRow.updated_at >= self._clock() - _WINDOW_MS)
        with self._store.read() as session:
            rows = session.execute(asked.order_by(CaseRow.updated_at.desc(), CaseRow.id.desc()).limit(_MOST)).all()
        return {id_: (version, updated_at, updated_at == opened_at) for id_, version, updated_at, opened_at in rows}


def changes_between(before: Seen | None, after: Seen) -> list[Change]:
    """Return what one look has that the one before had not, or had otherwise; nothing at the first."""
    if before is None:
        return []
    return [Change(id_, seen[2] and id_ not in before) for id_, seen in after.items() if before.get(id_) != seen]
