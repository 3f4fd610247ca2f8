"""Actions reach the shop signed, once, in time; what the shop does not take is tried again, or is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.errors import SettingError
from domain.times import rfc3339
from ops.actions.settings import ActionSettings
from tests.ops.actions.conftest import KEY, ORIGIN, Rig, sent
from tests.ops.notify.test_webhook import is_signed
from tests.support.channel_stand_in import Answer, StandIn

MakeRig = Callable[..., Rig]


def test_an_action_comes_as_a_signed_cloud_event(rig: MakeRig, shop: StandIn) -> None:
    live = rig(customer_notices={"hold": "order_on_hold"}, language="en", otherwise="hold")
    live.block(1)
    live.block(2, score=0.6)
    live.run()
    block, hold = shop.asked
    assert block.path == "/actions" and is_signed(block, KEY)
    event = block.json
    assert event["type"] == "ringwatch.action.block" and event["source"] == ORIGIN and event["subject"] == "order-1"
    assert event["id"] == block.headers["webhook-id"]
    row = live.rows()[0]
    assert event["data"] == {
        "event_id": "order-1", "event_type": "order", "event_time": rfc3339(row.event_time), "account": row.account, "amount": 100.0,
        "currency": "EUR", "decision": "block", "score": 0.95, "model": "combined-1",
        "action": "block", "why": "precise", "by": "ringwatch",
        "ends": None, "expires_at": rfc3339(live.clock.now + 300_000), "hold_until": None, "customer_notice": None,
    }  # fmt: skip
    assert hold.json["data"]["customer_notice"] == {"template": "order_on_hold", "language": "en"}
    assert hold.json["data"]["hold_until"] == rfc3339(live.clock.now + 7_200_000)


@pytest.mark.parametrize("wrong", [Answer(503), Answer(500), Answer(drops=True), Answer(429, headers={"Retry-After": "7"})])
def test_what_is_not_taken_comes_again_with_the_same_id(rig: MakeRig, shop: StandIn, wrong: Answer) -> None:
    live = rig()
    shop.script = [wrong, wrong]
    live.block(1)
    live.run_for(30)
    assert len(shop.asked) == 3 and len({asked.headers["webhook-id"] for asked in shop.asked}) == 1 and live.states() == {"sent": 1}


def test_an_action_is_never_sent_late(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    shop.usual = lambda _: Answer(503)
    live.block(1, 2, 3)
    live.run_for(330)
    shop.usual = lambda _: Answer()
    asked = len(shop.asked)
    live.run_for(600)
    assert len(shop.asked) == asked and live.states() == {"expired": 3}


def test_what_the_shop_refuses_is_over(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    shop.script = [Answer(422, "no such order")]
    live.block(1, 2)
    live.run()
    assert live.states() == {"dead": 1, "sent": 1}
    assert [row.ended_at is None for row in live.rows()] == [False, True]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_order_that_the_shop_does_not_know_stops_no_other(rig: MakeRig, shop: StandIn, status: int) -> None:
    live = rig()
    shop.usual = lambda asked: Answer(status if asked.json["data"]["event_id"] in ("order-1", "order-2") else 204)
    live.block(1, 2, 3)
    live.run()
    assert sent(shop)[-1] == ("order-3", "block") and live.states() == {"pending": 2, "sent": 1}
    live.run_for(20, 1.0)
    shop.usual = lambda _: Answer()  # it knows them by now
    live.run_for(40, 1.0)
    assert live.states() == {"sent": 3}


@pytest.mark.parametrize("status", [401, 407])
def test_a_shop_that_does_not_take_the_key_is_asked_once_a_minute(rig: MakeRig, shop: StandIn, status: int) -> None:
    live = rig()
    shop.usual = lambda _: Answer(status)
    live.block(1, 2, 3)
    live.run_for(130, 1.0)
    assert len(shop.asked) == 3


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_release_that_the_shop_refuses_is_tried_again_seldom(rig: MakeRig, shop: StandIn, status: int) -> None:
    live = rig(hold_min=10.0)
    live.block(1, score=0.6)
    live.run()
    shop.usual = lambda _: Answer(status, "not now")
    live.run_for(2 * 3600, 60)
    assert live.states() == {"sent": 1, "pending": 1} and 5 < len(shop.asked) < 14
    shop.usual = lambda _: Answer()
    live.run_for(4000, 60)
    assert live.states() == {"sent": 2} and sent(shop)[-1] == ("order-1", "release")


def test_a_release_is_given_up_after_72_hours(rig: MakeRig, shop: StandIn) -> None:
    live = rig(hold_min=10.0)
    live.block(1, score=0.6)
    live.run()
    shop.usual = lambda _: Answer(400, "no")
    live.run_for(75 * 3600, 1200)
    assert live.states() == {"sent": 1, "dead": 1} and len(shop.asked) < 100


def test_blocks_go_before_releases_and_those_before_pauses(rig: MakeRig, shop: StandIn) -> None:
    live = rig(hold_min=10.0)
    live.block(0, score=0.6)
    live.run()
    live.clock.pass_s(601)
    live.block(1, 2, score=0.6)
    live.block(3)
    live.run()
    assert sent(shop)[1:3] == [("order-3", "block"), ("order-0", "release")]
    assert sorted(sent(shop)[3:]) == [("order-1", "hold"), ("order-2", "hold")]


def test_a_clock_that_is_set_back_makes_no_pause_longer(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    shop.script = [Answer(503)]
    live.block(1)
    live.run()
    live.clock.pass_s(-3600)
    live.clock_ahead_s = 3610
    live.block(2)
    live.run()
    assert sorted(sent(shop)[1:]) == [("order-1", "block"), ("order-2", "block")]


def test_a_switch_that_is_off_lets_no_block_out(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1)
    live.block(2, score=0.6)
    live.switch.is_on = False
    live.run()
    live.block(3)
    live.run()
    assert sent(shop) == [("order-2", "hold")] and live.states() == {"cancelled": 1, "sent": 1}


def test_while_it_is_not_known_blocks_wait_and_others_go(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.switch.is_fresh = False
    live.block(1)
    live.block(2, score=0.6)
    live.run_for(5)
    assert sent(shop) == [("order-2", "hold")]
    live.switch.is_fresh = True
    live.run()
    assert sent(shop) == [("order-2", "hold"), ("order-1", "block")]


def test_a_worker_that_dies_leaves_its_action_to_the_next(rig: MakeRig, shop: StandIn) -> None:
    live, other = rig(lease_ms=10_000), rig(lease_ms=10_000)
    live.block(1)
    live.courier._carrier.carry = lambda *_: None  # type: ignore[method-assign]
    live.courier.step()
    other.run()
    assert not shop.asked
    other.clock.pass_s(11)
    other.run()
    assert sent(shop) == [("order-1", "block")] and other.states() == {"sent": 1}


def test_without_a_target_nothing_is_sent_and_all_expires(rig: MakeRig) -> None:
    off = rig(auto_block=False, target=None)
    off.block(1)
    off.run_for(302)
    assert off.states() == {"expired": 1}


def test_a_target_without_a_key_is_refused(rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGWATCH_ACTIONS_KEY")
    with pytest.raises(SettingError, match="RINGWATCH_ACTIONS_KEY holds no key"):
        rig()


def test_dry_needs_no_key_and_says_what_waits_for_one(rig: MakeRig, shop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    live = rig(hold_min=10.0)
    live.block(1, score=0.6)
    live.run()
    monkeypatch.delenv("RINGWATCH_ACTIONS_KEY")
    dry = rig(mode="dry", hold_min=10.0)
    dry.block(2)
    dry.run_for(601)
    assert sent(shop) == [("order-1", "hold")] and "RINGWATCH_ACTIONS_KEY holds no key" in dry.courier.failing
    monkeypatch.setenv("RINGWATCH_ACTIONS_KEY", "whsec_!!!")
    with pytest.raises(SettingError, match="RINGWATCH_ACTIONS_KEY"):
        rig(mode="dry")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("https://", "is no address"),
        ("https:///actions", "is no address"),
        ("https://shop:pw@shop.example.com/", "holds a user or a password"),
        ("https://[shop/", "is no address"),
        ("ftp://shop.example.com/", "write https://NAME/PATH"),
    ],
)
def test_a_target_that_could_not_be_sent_to_is_refused(target: str, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        ActionSettings(target=target)


def test_a_private_address_is_not_sent_to(rig: MakeRig, shop: StandIn) -> None:
    inside = rig(target="https://10.0.0.1/actions")
    inside.block(1)
    inside.run()
    assert "private address" in inside.courier.failing
