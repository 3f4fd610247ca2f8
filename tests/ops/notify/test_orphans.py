"""Notices to a channel that the settings name no longer: they say so, and wait no longer than others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.times import HOUR_MS
from ops.cases import notices
from ops.cases.store import Store
from ops.notify.channel_settings import WebhookSettings
from tests.ops.notify.conftest import KEY, Rig
from tests.ops.notify.test_delivery import states
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import StandIn

Made = Callable[..., Rig]
WHY = "the settings name no such channel: name it in the section notify again, and it is sent"


def of(rig: Made, store: Store, shop: StandIn, *names: str) -> Rig:
    hooks: Any = tuple(WebhookSettings(name, shop.url) for name in names)
    return rig(dict.fromkeys(names, KEY), store, webhooks=hooks, give_up_h=2.0)


def left_by_old(rig: Made, store: Store, shop: StandIn) -> None:
    its = of(rig, store, shop, "old")
    put_case(store, 1, at=its.clock.now)
    its.fan_out()


@pytest.mark.parametrize("names", [(), ("new",)])
def test_what_waits_says_so_and_is_given_up_in_time(rig: Made, telling_both: Store, shop: StandIn, names: tuple[str, ...]) -> None:
    left_by_old(rig, telling_both, shop)
    its = of(rig, telling_both, shop, *names)
    its.run_for(15)
    assert states(telling_both) == [("pending", WHY)]
    with telling_both.read() as session:
        [found] = notices.counts(session)
    assert (found.channel, found.count, found.why) == ("old", 1, WHY)
    its.clock.now += 2 * HOUR_MS
    its.run_for(15)
    [(state, why)] = states(telling_both)
    assert state == "dead" and why is not None and "name it again, then retry" in why and shop.asked == []


def test_a_channel_that_is_named_again_gets_what_waited(rig: Made, telling_both: Store, shop: StandIn) -> None:
    left_by_old(rig, telling_both, shop)
    of(rig, telling_both, shop, "new").run_for(15)
    of(rig, telling_both, shop, "old", "new").run()
    assert states(telling_both) == [("sent", None)] and len(shop.asked) == 1


def test_what_is_known_is_left_alone(rig: Made, telling_both: Store, shop: StandIn) -> None:
    its = of(rig, telling_both, shop, "old")
    put_case(telling_both, 1, at=its.clock.now)
    its.fan_out()
    its.clock.now += 3 * HOUR_MS
    its.fan_out()
    assert [state for state, _ in states(telling_both)] == ["pending"]
