"""Once a control record has auto_block off, no further block leaves: measured with a real Redis, a shop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.json_text import as_json
from domain.times import now_ms
from ops.actions.assembled import Actions, actions_of
from ops.actions.settings import ActionSettings
from ops.actions.switch_watch import SwitchWatch
from ops.cases.store import Store
from ops.notify.settings import NotifySettings
from ops.scoring.switch import AutoBlock
from tests.ops.actions.conftest import CARD, FREE, KEY, ORIGIN, no_stream
from tests.support.action_samples import decision_document
from tests.support.channel_stand_in import Answer, Asked, StandIn
from tests.support.control_samples import switch

LIMIT_S = 2.0


@pytest.fixture
def turn(redis_client: Any, stream_prefix: str) -> Callable[..., None]:
    """Puts a record of the switch into the control stream."""

    def turn(version: int, on: bool) -> None:
        redis_client.xadd(f"{stream_prefix}control", {"json": as_json(switch(version=version, on=on))})

    return turn


@pytest.fixture
def actions(sqlite_store: Store, redis_url: str, stream_prefix: str, shop: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Actions]:
    """Actions that run on the wall clock."""
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", KEY)
    settings = ActionSettings(auto_block=True, mode="live", target=shop.url, budget=FREE)
    auto_block = AutoBlock()
    streams = {f"{stream_prefix}control": auto_block.take_record}
    made = actions_of(
        settings, NotifySettings(allow_private=("127.0.0.1",)), sqlite_store, ORIGIN, lambda _: CARD, auto_block, streams,
        (redis_url, stream_prefix), no_stream, now_ms,
    )  # fmt: skip
    made.start()
    yield made
    made.stop()


def wait_for(what: Callable[[], bool], most_s: float = 20.0) -> None:
    until = time.monotonic() + most_s
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.timeout(120)
def test_no_block_leaves_two_seconds_after_the_record(
    actions: Actions, sqlite_store: Store, shop: StandIn, turn: Callable[..., None]
) -> None:
    came, ends = list[float](), threading.Event()

    def taken(_: Asked) -> Answer:
        came.append(time.monotonic())
        return Answer()

    shop.usual = taken

    def decide() -> None:
        for number in range(100_000):
            with sqlite_store.begin() as session:
                actions.take(session, [decision_document(number, decided_at=now_ms())])
            if ends.wait(0.01):
                return

    deciding = threading.Thread(target=decide)
    deciding.start()
    try:
        wait_for(lambda: len(came) >= 20)
        turn(1, False)
        turned = time.monotonic()
        time.sleep(LIMIT_S + 1.0)
        late = max(came) - turned
        print(f"the last block left {late:.3f} s after the record")
        assert late < LIMIT_S
        before = len(came)
        turn(2, True)
        wait_for(lambda: len(came) > before)
    finally:
        ends.set()
        deciding.join()


def test_a_switch_that_was_off_before_is_known_at_the_start(redis_url: str, stream_prefix: str, turn: Callable[..., None]) -> None:
    turn(1, False)
    auto_block = AutoBlock()
    watch = SwitchWatch(redis_url, stream_prefix, {f"{stream_prefix}control": auto_block.take_record})
    assert not watch.is_fresh
    watch.start()
    wait_for(lambda: watch.is_fresh)
    assert not auto_block.is_on
    watch.stop()


def test_without_redis_nothing_is_known() -> None:
    watch = SwitchWatch("redis://127.0.0.1:1/0", "x:", {"x:control": lambda _: None})
    watch.start()
    time.sleep(0.3)
    assert not watch.is_fresh
    watch.stop()
