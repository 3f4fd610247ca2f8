"""Streams of changes: how many there are at once, and when they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from ops.access.users import set_disabled
from ops.cases.store import Store
from ops.cases.tables.access import SessionRow, User
from ops.desk.live import MOST_OF_ONE, Change, LiveQueue
from tests.support.case_samples import NOW
from tests.support.desk_calls import Pages, Visitor

END = "event: end\ndata:\n\n"


def watched(pages: Pages, visitor: Visitor) -> Callable[[], str]:
    """Begin a stream beside the test; what is returned waits for its end and returns what was said."""
    same = pages.nobody()
    same.client.cookies = visitor.client.cookies
    pool = ThreadPoolExecutor(1)
    said = pool.submit(lambda: same.client.get("/live").text)
    pool.shutdown(wait=False)
    until = time.monotonic() + 60
    while pages.app.state.live.has_place("nobody else") and time.monotonic() < until:
        time.sleep(0.01)
    return lambda: said.result(timeout=60)


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams look after their session at every change, and last."""
    monkeypatch.setattr("ops.desk.pages.live.CHECK_S", 0.0)
    monkeypatch.setattr("ops.desk.pages.live.LASTS_S", 60.0)


@pytest.mark.usefixtures("checked")
def test_a_stream_ends_with_its_session_or_its_user(sqlite_store: Store) -> None:
    pages = Pages(sqlite_store, most_connections=3)  # one of which may watch
    viewer, lead = pages.visitor("viewer"), pages.visitor("lead")
    said = watched(pages, viewer)
    refused = lead.client.get("/live")
    assert refused.status_code == 503 and refused.headers["retry-after"]
    viewer.act("/sign-out")
    assert said().endswith(END)
    said = watched(pages, lead)
    with sqlite_store.begin() as session:
        [user] = session.scalars(select(User).where(User.name == "lead"))
        set_disabled(session, user, True, "test", NOW)
    assert said().endswith(END) and pages.app.state.live.has_place("viewer")


@pytest.mark.usefixtures("checked")
def test_a_stream_is_no_use_of_its_session(sqlite_store: Store) -> None:
    pages = Pages(sqlite_store, most_connections=3)
    said = watched(pages, pages.visitor("viewer"))
    idle_ms = round(pages.service.settings.access.idle_min * 60_000)
    pages.now += idle_ms - 1
    time.sleep(1.5)  # some looks
    with sqlite_store.read() as session:
        assert list(session.scalars(select(SessionRow.last_seen_at))) == [NOW]
    pages.now += 1
    assert said().endswith(END)


def test_one_more_stream_of_a_person_ends_the_oldest_at_once(sqlite_store: Store) -> None:
    async def last(stream: AsyncIterator[list[Change]]) -> None:
        async for _ in stream:
            pass

    async def follow() -> None:
        live = LiveQueue(sqlite_store, lambda: NOW, MOST_OF_ONE + 1)
        running = []
        for name in ("other", *["one"] * MOST_OF_ONE):
            running.append(asyncio.create_task(last(live.changes(name))))
            await asyncio.sleep(0)
        assert live.has_place("one") and not live.has_place("third")
        await last(live.changes("third"))  # ends without a place
        running.append(asyncio.create_task(last(live.changes("one"))))
        await asyncio.wait_for(running[1], 0.5)
        assert [task.done() for task in running] == [False, True, *[False] * MOST_OF_ONE]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        assert live.has_place("third")

    asyncio.run(follow())
