"""Who may call while there are no users: one look into the store is enough for all who ask at once."""

from __future__ import annotations

import asyncio
import threading
import time

from ops.access.access import Access, Credentials
from ops.access.roles import LOCAL
from ops.access.settings import AccessSettings
from ops.cases.store import Store

NOBODY = Credentials()


class SlowStore(Access):
    """An access whose look into the store waits until it may go on."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, AccessSettings())
        self.looks, self.gate, self.users = 0, threading.Event(), False

    def has_users(self) -> bool:
        self.looks += 1
        self.gate.wait(10)
        return self.users


def test_a_hundred_who_come_at_once_look_once(sqlite_store: Store) -> None:
    async def play() -> None:
        access = SlowStore(sqlite_store)
        asked = [asyncio.create_task(access.caller(NOBODY)) for _ in range(100)]
        await asyncio.sleep(0.05)
        access.gate.set()
        assert await asyncio.gather(*asked) == [LOCAL] * 100
        assert access.looks == 1

    asyncio.run(play())


def test_a_second_later_it_is_looked_beside_the_requests_and_the_first_user_shuts_the_door(sqlite_store: Store) -> None:
    async def play() -> None:
        access = SlowStore(sqlite_store)
        access.gate.set()
        assert await access.caller(NOBODY) == LOCAL
        access.gate.clear()
        access.users, access._looked_at = True, time.monotonic() - 2
        assert await asyncio.wait_for(asyncio.gather(*(access.caller(NOBODY) for _ in range(100))), 5) == [LOCAL] * 100
        access.gate.set()
        while not access._guarded:
            await asyncio.sleep(0.005)
        assert await access.caller(NOBODY) is None
        assert access.looks == 2

    asyncio.run(play())


def test_what_was_seen_long_ago_lets_nobody_in(sqlite_store: Store) -> None:
    async def play() -> None:
        access = SlowStore(sqlite_store)
        access.gate.set()
        await access.caller(NOBODY)
        access.users, access._looked_at = True, time.monotonic() - 60
        assert await access.caller(NOBODY) is None

    asyncio.run(play())
