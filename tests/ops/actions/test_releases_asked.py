"""A release that a person asked for: sent when it cannot be taken back, once, and of what the shop had."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ops.actions.sequel import Sequel
from ops.cases.action_release import ask_release, take_release_back
from ops.cases.errors import Conflict
from ops.cases.settings import CaseSettings
from tests.ops.actions.conftest import Rig, sent
from tests.support.channel_stand_in import StandIn

MakeRig = Callable[..., Rig]
UNDO_S = CaseSettings().undo_s


def ask(rig: Rig, number: int) -> str:
    with rig.store.begin() as session:
        return ask_release(session, number, "forged", by="lea", now=rig.clock.now, settings=CaseSettings()).key


def test_a_block_without_an_alert_is_released_in_the_name_of_who_asked(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1, 2)
    live.run()
    ask(live, next(row.id for row in live.rows() if row.event_id == "order-1"))
    live.run_for(UNDO_S - 2, 1)
    assert sorted(sent(shop)) == [("order-1", "block"), ("order-2", "block")]
    live.run_for(120, 5)
    assert sent(shop)[2:] == [("order-1", "release")]
    data = shop.asked[-1].json["data"]
    assert (data["why"], data["by"], data["ends"]) == ("request", "analyst", "block") and live.rows()[-1].by == "lea"


def test_a_block_that_the_shop_has_not_had_is_only_cancelled(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1)
    ask(live, 1)
    live.clock.pass_s(UNDO_S)
    live.sequel.step()
    live.run()
    assert not shop.asked and live.states() == {"cancelled": 1}


def test_a_worker_that_was_away_follows_what_was_asked_meanwhile(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1)
    live.run_for(90, 5)
    ask(live, 1)
    live.clock.pass_s(86_400)
    live.sequel = Sequel(live.store, live.settings, live.clock)
    live.run()
    assert sent(shop) == [("order-1", "block"), ("order-1", "release")]


def test_what_is_taken_back_in_time_is_not_released_and_later_it_cannot_be(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1)
    live.run()
    key = ask(live, 1)
    with live.store.begin() as session:
        take_release_back(session, key, by="lea", now=live.clock.now)
    live.run_for(UNDO_S + 5, 1)
    assert sent(shop) == [("order-1", "block")]
    ask(live, 1)
    live.clock.pass_s(UNDO_S)
    with pytest.raises(Conflict, match="on its way to the shop"), live.store.begin() as session:
        take_release_back(session, key, by="lea", now=live.clock.now)
