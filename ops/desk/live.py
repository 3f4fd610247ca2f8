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
Seen = dict[str, tuple[int, int, bool]]


@dataclass(frozen=True)
class Change:
    """A case that has changed, or is new to the queue."""

    case_id: str
    is_new: bool


class LiveQueue:
    """The changes of a store's cases. It looks while somebody watches. Used by one event loop."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store, self._clock = store, clock
        self._watchers: set[asyncio.Queue[list[Change]]] = set()
        self._task: asyncio.Task[None] | None = None

    async def changes(self) -> AsyncIterator[list[Change]]:
        """Yield what has changed, each second; an empty list where nothing has."""
        mine: asyncio.Queue[list[Change]] = asyncio.Queue(_MOST_BEHIND)
        self._watchers.add(mine)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            while mine in self._watchers:
                yield await mine.get()
        finally:
            self._watchers.discard(mine)

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
                self._watchers.discard(watcher)

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
