"""Several actions are under way at once, of an event one; a shop that is away is asked by one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from ops.actions.lanes import ThreadLanes
from ops.actions.pauses import ShopPause
from ops.cases import outbox
from ops.cases.tables import Outgoing
from ops.notify.channel import Away
from tests.ops.actions.conftest import Rig, sent
from tests.support.channel_stand_in import Answer, Asked, StandIn

MakeRig = Callable[..., Rig]
LANES = 4


class SlowShop:
    """Takes a while for each action, and counts how many it has at once."""

    def __init__(self, shop: StandIn, seconds: float) -> None:
        self._lock, self._seconds = threading.Lock(), seconds
        self.now = self.most = 0
        shop.usual = self.answer

    def answer(self, _: Asked) -> Answer:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
        return Answer()


@pytest.fixture
def live(rig: MakeRig) -> Rig:
    made = rig()
    made.courier._lanes = ThreadLanes(LANES)
    return made


def test_several_are_under_way_at_once_and_no_more_than_there_are_lanes(live: Rig, shop: StandIn) -> None:
    slow = SlowShop(shop, 0.3)
    live.block(*range(20))
    while live.courier.step():
        pass
    live.courier.close()
    assert 1 < slow.most <= LANES and Counter(sent(shop)) == Counter((f"order-{number}", "block") for number in range(20))
    assert live.states() == {"sent": 20}


def test_what_is_under_way_is_ended_with_the_courier(live: Rig, shop: StandIn) -> None:
    SlowShop(shop, 0.2)
    live.block(1, 2, 3, 4, 5)
    for _ in range(LANES):
        assert live.courier.step()
    live.courier.close()
    assert live.states() == {"sent": LANES, "pending": 1}


def test_a_clock_that_is_set_back_sends_nothing_twice_that_is_under_way(live: Rig, shop: StandIn) -> None:
    SlowShop(shop, 0.2)
    live.block(1)
    assert live.courier.step()
    live.clock.pass_s(-3600)
    live.clock_ahead_s = 3600
    assert not live.courier.step()
    live.courier.close()
    assert len(shop.asked) == 1 and live.states() == {"sent": 1}


def test_of_an_event_one_is_sent_at_a_time_in_their_order(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    shop.script = [Answer(500)]
    live.block(1, score=0.6)
    live.run()
    with live.store.begin() as session:
        first = session.query(Outgoing).filter_by(kind=outbox.ACTION).one()
        same = {name: getattr(first, name) for name in ("kind", "incident", "due_at", "state", "attempts")}
        data = {**first.document["data"], "action": "block"}
        session.add(Outgoing(**same, key="later", target="block", document={**first.document, "data": data}))
    live.run()
    assert sent(shop) == [("order-1", "hold")]
    live.run_for(10, 1.0)
    assert sent(shop) == [("order-1", "hold"), ("order-1", "hold"), ("order-1", "block")]


def test_a_shop_that_goes_away_amid_several_counts_as_away_once() -> None:
    now = [100.5]
    pause = ShopPause(lambda: now[0])
    assert [pause.lengthen(100.0, Away("503")) for _ in range(8)] == [1.0] * 8
    assert not pause.allows(0)
    now[0] = 101.5
    assert pause.allows(0) and not pause.allows(1)  # one asks, the others wait for what it hears
    pause.end(99.0)  # begun before the shop went away, and taken
    assert not pause.allows(1)
    assert pause.lengthen(101.5, Away("503")) == 2.0
    now[0] = 103.5
    pause.end(103.5)
    assert pause.allows(7)
