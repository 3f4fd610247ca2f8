"""What a channel allows in a second holds for all workers of a store together."""

from __future__ import annotations

from collections.abc import Callable

from ops.cases.store import Store
from ops.notify.channel_settings import SlackHookSettings
from tests.ops.notify.conftest import Rig
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import StandIn


def test_several_workers_keep_the_pace_of_one(rig: Callable[..., Rig], telling_both: Store, shop: StandIn) -> None:
    secret = {"team": f"{shop.url}/services/T1"}
    workers = [rig(secret, telling_both, slack_hooks=(SlackHookSettings("team"),)) for _ in range(3)]
    for number in range(4):
        put_case(telling_both, number)
    for second in range(4):
        for worker in workers:
            worker.run()
        assert len(shop.asked) == second + 1
        workers[0].clock.pass_s(1.2)


def test_a_clock_that_is_set_back_holds_nobody(rig: Callable[..., Rig], telling_both: Store, shop: StandIn) -> None:
    secret = {"team": f"{shop.url}/services/T1"}
    one, two = (rig(secret, telling_both, slack_hooks=(SlackHookSettings("team"),)) for _ in range(2))
    for number in range(2):
        put_case(telling_both, number)
    one.fan_out()
    one.clock.pass_s(3600)
    one.run()
    two.clock.pass_s(-3500)
    two.run()
    assert len(shop.asked) == 2
