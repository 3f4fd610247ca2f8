"""The brake: many incidents at once are gathered, an hour has a bound, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from ops.cases.tables import NoticeThread, Outgoing
from ops.notify.channel_settings import WebhookSettings
from ops.notify.settings import BrakeSettings, EscalationSettings
from tests.ops.notify.conftest import KEY, LOOPBACK, Rig
from tests.support.case_samples import put_case, put_incident
from tests.support.channel_stand_in import Answer, StandIn

Made = Callable[..., Rig]


@pytest.fixture
def braked(rig: Made, shop: StandIn) -> Rig:
    """A channel with a brake: 3 in a minute, 6 in an hour."""
    return made(rig, shop)


def made(rig: Made, shop: StandIn) -> Rig:
    brake, quiet = BrakeSettings(per_minute=3, channels={"shop": 6}), EscalationSettings(unclaimed_min=0)
    return rig({"shop": KEY}, webhooks=(WebhookSettings("shop", shop.url),), brake=brake, escalation=quiet)


def put_many(its: Rig, first: int, count: int) -> None:
    with its.store.begin() as session:
        for number in range(first, first + count):
            put_incident(session, number, 1, its.clock.now, severity="critical" if number % 50 == 0 else "medium")


def singles(shop: StandIn) -> list[str]:
    return [asked.json["subject"] for asked in shop.asked if "subject" in asked.json]


def gathered(shop: StandIn) -> list[dict[str, Any]]:
    return [asked.json["data"] for asked in shop.asked if "subject" not in asked.json]


def test_few_come_one_by_one_and_the_rest_of_the_minute_as_one(braked: Rig, shop: StandIn) -> None:
    put_many(braked, 0, 60)
    braked.run_for(55, step_s=5)
    assert len(singles(shop)) == 3 and gathered(shop) == []
    braked.run_for(10, step_s=5)
    [digest] = gathered(shop)
    assert digest["count"] == 57 and digest["severities"] == {"critical": 1, "medium": 56}
    assert {*singles(shop), *digest["incidents"]} == {f"inc-{number:016x}" for number in range(60)}


def test_what_is_held_but_few_comes_one_by_one_after_the_minute(braked: Rig, shop: StandIn) -> None:
    put_many(braked, 0, 5)
    braked.run_for(62, step_s=4)
    assert len(singles(shop)) == 5 and gathered(shop) == []


def test_an_hour_has_no_more_than_its_cap_and_all_are_told_in_the_end(braked: Rig, shop: StandIn) -> None:
    for part in range(6):
        put_many(braked, 20 * part, 20)
        braked.run_for(300, step_s=100)
    assert len(shop.asked) <= 6
    braked.run_for(2400, step_s=100)
    told = {*singles(shop), *(one for digest in gathered(shop) for one in digest["incidents"])}
    assert len(told) == 120
    assert len(singles(shop)) + sum(digest["count"] for digest in gathered(shop)) == 120
    with braked.store.read() as session:
        assert session.scalar(select(func.count()).where(Outgoing.kind == "notice", Outgoing.state != "sent")) == 0
        assert session.scalar(select(func.count()).select_from(NoticeThread)) == 120


def test_a_digest_that_was_not_taken_is_sent_again_and_counts_once(braked: Rig, shop: StandIn) -> None:
    put_many(braked, 0, 50)
    braked.run_for(30, step_s=5)
    shop.script = [Answer(503), Answer(503)]
    braked.run_for(90, step_s=5)
    assert len({asked.headers["webhook-id"] for asked in shop.asked}) == 4 and len(shop.asked) == 6
    assert gathered(shop)[-1]["count"] == 47
    with braked.store.read() as session:
        assert session.connection().exec_driver_sql("SELECT hour_sent FROM notice_budgets").scalar() == 4


def test_of_what_was_told_among_others_only_what_grows_graver_is_told(rig: Made, shop: StandIn) -> None:
    """A channel of people, not of machines, hears of such an incident again when it grows graver."""
    from ops.notify.channel import Traits
    from ops.notify.fan_out import FanOut
    from ops.notify.routes import Routes
    from ops.notify.settings import NotifySettings

    its = rig({"shop": KEY}, webhooks=(WebhookSettings("shop", shop.url),))
    put_case(its.store, 1)
    its.fan_out()
    settings = NotifySettings(webhooks=(WebhookSettings("team", shop.url),), allow_private=LOOPBACK)
    fan_out = FanOut({"team": Traits()}, Routes(settings, ()), ())
    with its.store.begin() as session:
        shown = {"severity_rank": 1}
        session.add(NoticeThread(incident_id="inc-0000000000000001", channel="team", shown=shown, is_gathered=True, at=1, external_id=None))
    for revision, severity, told in ((2, "medium", 0), (3, "critical", 1)):
        put_case(its.store, 1, revision=revision, severity=severity)
        with its.store.begin() as session:
            fan_out.step(session, its.clock.now)
            assert session.scalar(select(func.count()).where(Outgoing.target == "team")) == told


def test_the_brake_outlives_a_worker(rig: Made, braked: Rig, shop: StandIn) -> None:
    put_many(braked, 0, 3)
    braked.run()
    other = made(rig, shop)
    put_many(other, 3, 1)
    other.run()
    assert len(shop.asked) == 3
    other.run_for(61)
    assert len(shop.asked) == 4
