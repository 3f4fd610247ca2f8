"""Holds end, verdicts release what was blocked or held and block what was paused: each exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ops.actions.sequel import Sequel
from ops.cases.changes import reopen
from ops.cases.tables import AlertRow
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import give_verdict
from tests.ops.actions.conftest import Rig, sent
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import Answer, StandIn

MakeRig = Callable[..., Rig]
TO = "redis:labels"


class Desk:
    """A case of three alerts, on which a person says what it was."""

    def __init__(self, rig: Rig, number: int = 0) -> None:
        self.rig, self.case = rig, put_case(rig.store, number, alerts=3)
        with rig.store.read() as session:
            rows = session.scalars(select(AlertRow).order_by(AlertRow.time)).all()
            self.events = [(row.event_id, row.account) for row in rows]

    def decided(self, score: float = 0.95) -> None:
        """Let the job decide to block the events of the alerts."""
        for event_id, account in self.events:
            self.rig.block(0, event_id=event_id, score=score, entities={"account": account})

    def says(self, word: str) -> str:
        with self.rig.store.begin() as session:
            more: Any = {"by": "anna", "now": self.rig.clock.now, "settings": SETTINGS}
            return give_verdict(session, self.case, word, "known customer", labels_to=TO, **more).verdict.id

    def undoes(self, verdict: str) -> None:
        with self.rig.store.begin() as session:
            undo_verdict(session, verdict, "a mistake", by="anna", now=self.rig.clock.now, settings=SETTINGS, labels_to=TO)

    def all(self, *actions: str) -> list[tuple[str, str]]:
        return sorted((event_id, action) for action in actions for event_id, _ in self.events)


@pytest.fixture
def live(rig: MakeRig) -> Rig:
    return rig()


def test_legitimate_releases_once_when_it_can_no_longer_be_undone(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    live.run()
    desk.says("legitimate")
    live.run_for(9)
    assert sorted(sent(shop)) == desk.all("block")
    live.run_for(600)
    assert sorted(sent(shop)) == desk.all("block", "release")
    release = shop.asked[-1].json["data"]
    assert (release["ends"], release["by"], release["why"], release["expires_at"]) == ("block", "analyst", "verdict", None)
    assert b"anna" not in shop.asked[-1].body


def test_a_clock_that_is_set_back_holds_no_release_back(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    live.run()
    desk.says("legitimate")
    live.clock.pass_s(-3600)
    live.clock_ahead_s = 3600
    live.run_for(12)
    assert sorted(sent(shop)) == desk.all("block", "release")


def test_a_block_that_may_have_come_before_it_was_cancelled_is_released(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    shop.usual = lambda _: Answer(drops=True)  # it has the block, and nobody knows
    desk.decided()
    live.run()
    live.switch.is_on = False
    shop.usual = lambda _: Answer()
    live.run_for(20, 1.0)
    tried = set(sent(shop))
    assert tried and live.states()["cancelled"] == 3
    desk.says("legitimate")
    live.run_for(30)
    assert set(sent(shop)) == tried | {(event, "release") for event, _ in tried}


def test_what_is_undone_in_time_releases_nothing(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    verdict = desk.says("legitimate")
    live.run_for(5)
    desk.undoes(verdict)
    live.run_for(120)
    assert sorted(sent(shop)) == desk.all("block")
    desk.says("legitimate")
    live.run_for(30)
    assert sorted(sent(shop)) == desk.all("block", "release")


def test_after_a_release_nothing_is_released_again(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    live.run_for(1)
    verdict = desk.says("legitimate")
    live.run_for(30)
    desk.undoes(verdict)
    live.run_for(30)
    desk.says("legitimate")
    live.run_for(30)
    assert sorted(sent(shop)) == desk.all("block", "release")


def test_an_undone_verdict_lets_the_one_before_speak(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    live.run_for(1)
    desk.says("legitimate")
    live.clock.pass_s(5)  # before anything was released
    with live.store.begin() as session:
        reopen(session, desk.case, "another look", by="anna", now=live.clock.now, settings=SETTINGS)
    fraud = desk.says("fraud")
    live.run_for(60)
    assert sorted(sent(shop)) == desk.all("block")
    live.clock.pass_s(3600)
    desk.undoes(fraud)
    live.run_for(20)
    assert sorted(sent(shop)) == desk.all("block", "release")


def test_a_hold_ends_by_itself(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided(score=0.6)
    live.run_for(7190, 719)
    assert sorted(sent(shop)) == desk.all("hold")
    live.run_for(20)
    assert sorted(sent(shop)) == desk.all("hold", "release") and shop.asked[-1].json["data"]["why"] == "hold_is_over"
    desk.says("legitimate")
    live.run_for(60)
    assert len(shop.asked) == 6


def test_fraud_makes_a_hold_a_block_that_no_switch_stops(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided(score=0.6)
    live.run()
    live.switch.is_on = False
    desk.says("fraud")
    live.run_for(3 * 3600, 60)
    assert sorted(sent(shop)) == desk.all("hold", "block")
    assert shop.asked[-1].json["data"]["ends"] == "hold"


def test_what_was_not_sent_yet_needs_no_release(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    live.switch.is_fresh = False
    desk.decided()
    desk.says("legitimate")
    live.run_for(11)
    live.switch.is_fresh = True
    live.run_for(30)
    assert not shop.asked and live.states() == {"cancelled": 3}


def test_what_may_have_come_is_released_however_late(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    shop.usual = lambda _: Answer(503)
    desk.decided()
    desk.says("legitimate")
    live.run_for(3600, 20)
    shop.usual = lambda _: Answer()
    had = {asked.json["data"]["event_id"] for asked in shop.asked if asked.json["data"]["action"] == "block"}
    shop.asked.clear()
    live.run_for(120)
    assert had and {event for event, action in sent(shop) if action == "release"} == had and len(shop.asked) == len(had)


def test_dry_actions_are_released_dry(rig: MakeRig, shop: StandIn) -> None:
    dry = rig(mode="dry")
    desk = Desk(dry)
    desk.decided()
    desk.says("legitimate")
    dry.run_for(60)
    assert sorted(dry.actions()) == desk.all("block", "release") and all(row.is_dry for row in dry.rows()) and not shop.asked


def test_a_worker_that_was_away_follows_what_was_said_meanwhile(live: Rig, shop: StandIn) -> None:
    desk = Desk(live)
    desk.decided()
    live.run_for(120)
    desk.says("legitimate")
    live.clock.pass_s(86_400)
    live.sequel = Sequel(live.store, live.settings, live.clock)
    live.run()
    assert sorted(sent(shop)) == desk.all("block", "release")


def test_with_auto_block_off_what_was_done_is_still_released(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    desk = Desk(live)
    desk.decided()
    live.run()
    off = rig(auto_block=False)
    desk.rig = off
    desk.says("legitimate")
    off.run_for(30)
    assert sorted(sent(shop)) == desk.all("block", "release")
