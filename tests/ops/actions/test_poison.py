"""Orders about which the shop is slow, or not to be spoken to, hold up no others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from domain.times import now_ms
from ops.actions.courier import Courier
from ops.actions.lanes import ThreadLanes
from ops.actions.pauses import ShopPause
from ops.actions.targets import target_of
from ops.actions.under_way import AT_MOST, AT_ONCE, SLOW_S, UnderWay
from ops.cases.tables import Outgoing
from ops.notify.channel import Busy
from ops.notify.settings import NotifySettings
from ops.notify.step_thread import StepThread
from tests.ops.actions.conftest import ORIGIN, Rig, no_stream, sent
from tests.support.channel_stand_in import Answer, Asked, StandIn

MakeRig = Callable[..., Rig]
POISON = range(100, 130)


def is_poison(asked: Asked) -> bool:
    return int(asked.json["data"]["event_id"].rpartition("-")[2]) in POISON


def slow_for_poison(asked: Asked) -> Answer:
    time.sleep(4.0 if is_poison(asked) else 0.0)
    return Answer()


@pytest.mark.parametrize("status", [429, 504])
def test_orders_that_the_shop_is_busy_for_stop_no_other(rig: MakeRig, shop: StandIn, status: int) -> None:
    live = rig()
    shop.usual = lambda asked: Answer(status, headers={"Retry-After": "600"}) if is_poison(asked) else Answer()
    live.block(*POISON)
    live.run()
    live.block(1, 2, 3)
    live.run_for(18, 1.0)
    assert {("order-1", "block"), ("order-2", "block"), ("order-3", "block")} <= set(sent(shop))


def test_two_that_are_tried_again_leave_the_other_lanes_to_new_ones(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    shop.script = [Answer(500)] * 5
    live.block(*range(5))
    live.run()
    live.clock.pass_s(3)
    live.block(7)
    rows = [live.courier._next() for _ in range(5)]
    assert sum(row is not None for row in rows) == 3  # the new one first
    first = rows[0]
    assert first is not None
    first()
    assert sent(shop)[-1] == ("order-7", "block")


def test_slow_orders_hold_up_no_other(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.courier._lanes = ThreadLanes()
    live.courier._under_way._steady = live.courier._steady = time.monotonic
    live.courier._pause = live.courier._carrier.pause = ShopPause(time.monotonic)
    shop.usual = slow_for_poison
    live.block(*POISON)
    for _ in range(AT_ONCE):
        assert live.courier.step()
    live.block(1)
    began = time.monotonic()
    while ("order-1", "block") not in sent(shop) and time.monotonic() - began < 5.0:
        live.courier.step()
    assert time.monotonic() - began < 3.0  # a timeout of theirs is 1 s, `SLOW_S` is longer
    live.courier.close()


def test_beyond_eight_one_more_starts_where_the_last_is_slow() -> None:
    now = [0.0]
    ones = UnderWay(lambda: now[0])
    for number in range(AT_ONCE):
        assert ones.has_room()
        ones.begin(Outgoing(id=number, attempts=0), now[0])
    for number in range(AT_ONCE, AT_MOST):
        assert not ones.has_room()
        now[0] += SLOW_S
        assert ones.has_room()
        ones.begin(Outgoing(id=number, attempts=0), now[0])
    now[0] += 60.0
    assert not ones.has_room()


def test_a_shop_is_doubted_once_it_was_busy_for_three_and_took_none() -> None:
    now = [100.0]
    pause = ShopPause(lambda: now[0])
    for event in ("one", "two", "one", "one"):
        pause.doubt(event, now[0], Busy("503"))
    assert pause.allows(7)
    pause.doubt("three", now[0], Busy("503"))
    assert pause.is_doubted and not pause.allows(0)
    now[0] += 1.0
    assert pause.allows(7)
    pause.start()
    assert not pause.allows(7)  # one a second
    pause.end(now[0])
    assert pause.allows(7) and pause.is_doubted
    now[0] += 60.0
    assert not pause.is_doubted


@pytest.mark.long  # it takes 80 s
def test_true_blocks_come_soon_behind_orders_that_take_40_s(rig: MakeRig, shop: StandIn) -> None:
    live, asked_at, came_at = rig(), dict[str, float](), dict[str, float]()

    def answer(asked: Asked) -> Answer:
        came_at.setdefault(asked.json["data"]["event_id"], time.monotonic())
        time.sleep(40.0 if is_poison(asked) else 0.0)
        return Answer()

    shop.usual = answer
    target = target_of(live.settings, NotifySettings(allow_private=("127.0.0.1",)), ORIGIN, no_stream, now_ms)
    courier = Courier(live.store, target, ORIGIN, live.switch, now_ms, lanes=ThreadLanes())
    live.clock.now = now_ms()
    live.block(*POISON[:8])
    thread = StepThread("courier", courier.step, 0.2)
    thread.start()
    for number in range(20):
        time.sleep(3.0)
        asked_at[f"order-{number}"] = time.monotonic()
        live.clock.now = now_ms()
        live.block(number)
    time.sleep(10.0)
    thread.stop()
    courier.close()
    took = sorted(came_at.get(event, math.inf) - at for event, at in asked_at.items())
    print(f"8 slow orders: median {took[10]:.1f} s, longest {took[-1]:.1f} s")
    assert took[-1] < 10.0


def test_orders_that_time_out_at_once_are_one_doubt_and_later_ones_more() -> None:
    now = [0.0]
    pause = ShopPause(lambda: now[0])
    now[0] = 1.0
    for number in range(AT_ONCE):
        pause.doubt(f"slow {number}", 0.0, Busy("no answer within 1 s"))
    assert pause.is_doubted and pause.allows(0), "a second has passed since they began"
    for number, pause_s in enumerate((2.0, 4.0, 5.0, 5.0)):
        began = now[0]
        now[0] += 1.0
        pause.doubt(f"one more {number}", began, Busy("no answer within 1 s"))
        now[0] = began + pause_s - 0.1
        assert not pause.allows(0)
        now[0] = began + pause_s
        assert pause.allows(0)
