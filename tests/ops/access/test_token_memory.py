"""The memory of tokens: a hit asks nothing, a revoked token ends, a store that is away stops no score."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from ops.access import token_memory
from ops.access.roles import Caller, Role
from ops.access.token_memory import AWAY_S, FRESH_S, STALE_S, TokenMemory
from ops.cases.errors import StoreError

SHOP = Caller("shop", Role.CHECKOUT, token=1)


class Tokens:
    """A store of tokens that counts how often it is asked."""

    def __init__(self) -> None:
        self.now, self.asked, self.valid, self.away = 0.0, 0, {"rw_shop": SHOP}, False
        self.gate = threading.Event()
        self.gate.set()
        self.memory = TokenMemory(self.look_up, lambda: self.now)

    def look_up(self, text: str) -> Caller | None:
        self.asked += 1
        self.gate.wait(5)
        if self.away:
            raise StoreError("away")
        return self.valid.get(text)


def run(play: Callable[[Tokens], Awaitable[None]]) -> None:
    asyncio.run(play(Tokens()))  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0.005)


def test_a_fresh_token_asks_nothing() -> None:
    async def play(tokens: Tokens) -> None:
        for _ in range(100):
            assert await tokens.memory.caller("rw_shop") == SHOP
        assert tokens.asked == 1

    run(play)


def test_a_wrong_token_is_asked_about_each_time_and_not_kept() -> None:
    async def play(tokens: Tokens) -> None:
        assert [await tokens.memory.caller(f"rw_{number}") for number in range(3)] == [None] * 3
        assert tokens.asked == 3 and not tokens.memory._known

    run(play)


def test_an_older_one_is_asked_about_beside_the_request_once() -> None:
    async def play(tokens: Tokens) -> None:
        await tokens.memory.caller("rw_shop")
        tokens.now = FRESH_S
        tokens.gate.clear()
        answers = await asyncio.wait_for(asyncio.gather(*(tokens.memory.caller("rw_shop") for _ in range(10))), 1)
        assert answers == [SHOP] * 10
        tokens.gate.set()
        await settle()
        assert tokens.asked == 2

    run(play)


def test_those_who_come_at_once_with_an_unknown_one_share_the_question() -> None:
    async def play(tokens: Tokens) -> None:
        tokens.gate.clear()
        asked = [asyncio.create_task(tokens.memory.caller("rw_shop")) for _ in range(100)]
        await settle()
        asked[0].cancel()
        tokens.gate.set()
        assert await asyncio.gather(*asked[1:]) == [SHOP] * 99
        assert tokens.asked == 1

    run(play)


def test_what_was_asked_before_one_was_revoked_is_not_kept() -> None:
    async def play(tokens: Tokens) -> None:
        await tokens.memory.caller("rw_shop")
        tokens.now = FRESH_S
        tokens.gate.clear()
        await tokens.memory.caller("rw_shop")  # begins to ask beside it
        await settle()
        tokens.memory.forget()
        tokens.gate.set()
        await settle()
        assert not tokens.memory._known
        tokens.valid.clear()
        assert await tokens.memory.caller("rw_shop") is None

    run(play)


def test_a_revoked_token_ends_within_the_bound() -> None:
    async def play(tokens: Tokens) -> None:
        await tokens.memory.caller("rw_shop")
        tokens.valid.clear()
        tokens.now = STALE_S
        assert await tokens.memory.caller("rw_shop") is None
        assert not tokens.memory._known

    run(play)


def test_a_used_one_that_is_revoked_ends_after_seconds() -> None:
    async def play(tokens: Tokens) -> None:
        await tokens.memory.caller("rw_shop")
        tokens.valid.clear()
        tokens.now = FRESH_S
        await tokens.memory.caller("rw_shop")
        await settle()
        assert await tokens.memory.caller("rw_shop") is None

    run(play)


def test_while_the_store_is_away_known_tokens_are_taken_for_minutes() -> None:
    async def play(tokens: Tokens) -> None:
        await tokens.memory.caller("rw_shop")
        tokens.away = True
        for tokens.now in (FRESH_S, STALE_S, AWAY_S - 1):
            assert await tokens.memory.caller("rw_shop") == SHOP
            await settle()
        with pytest.raises(StoreError):
            await tokens.memory.caller("rw_other")
        tokens.now = AWAY_S
        with pytest.raises(StoreError):
            await tokens.memory.caller("rw_shop")

    run(play)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_memory, "_MOST", 3)

    async def play(tokens: Tokens) -> None:
        tokens.valid = {f"rw_{number}": SHOP for number in range(9)}
        for text in tokens.valid:
            await tokens.memory.caller(text)
        assert len(tokens.memory._known) == 3

    run(play)
