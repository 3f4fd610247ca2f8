"""The brake: many incidents at once are gathered, an hour has a bound, and nothing is lost by it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.times import HOUR_MS, MINUTE_MS
from ops.cases.store import Store
from ops.cases.tables import NoticeMessage, NoticeThread, Outgoing
from ops.notify.brake import Brake, budget_of, give_back, note_when
from ops.notify.channel_settings import PagerDutySettings, SlackHookSettings, WebhookSettings
from ops.notify.settings import BrakeSettings, EscalationSettings
from tests.ops.notify.conftest import KEY, LOOPBACK, Clock, Rig
from tests.support.case_samples import NOW, put_case, put_incident
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


@pytest.mark.parametrize("incidents", [100, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_sixty_minutes_have_more_than_the_cap_under_a_storm(rig: Made, shop: StandIn, telling_both: Store, incidents: int) -> None:
    """Incidents in bursts, most of them around the ends of hours, each told alone or among others."""
    cap = 6
    brake, calm = BrakeSettings(per_minute=3, channels={"shop": cap}), EscalationSettings(unclaimed_min=0)
    its = rig({"shop": KEY}, telling_both, webhooks=(WebhookSettings("shop", shop.url),), brake=brake, escalation=calm)
    came, put, begin = list[int](), 0, its.clock.now
    shop.usual = lambda _: (came.append(its.clock.now), Answer())[1]
    bursts = (0, 5, 3_000, 3_550, 3_599, 3_605, 3_660, 5_000, 7_190, 7_210, 7_300)
    for place, at in enumerate(bursts):
        its.run_for(begin / 1000 + at - its.clock.now / 1000, step_s=120)
        count = 4 if place < 4 else (incidents - put) // (len(bursts) - place)
        put_many(its, put, count)
        put += count
        its.run()
    its.run_for(2 * 3_600, step_s=120)
    assert put == incidents
    assert all(late - early > HOUR_MS for early, late in zip(came, came[cap:], strict=False))
    told = [*singles(shop), *(one for digest in gathered(shop) for one in digest["incidents"])]
    assert sorted(told) == [f"inc-{number:016x}" for number in range(incidents)]
    with its.store.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeMessage)) <= cap + 1


@pytest.mark.long  # 2,000 incidents to three channels
def test_two_thousand_in_a_minute_are_a_few_messages_of_each_kind_and_all_are_in_them(rig: Made, shop: StandIn, clock: Clock) -> None:
    came: dict[str, list[int]] = {"/shop": [], "/hook": [], "/pager": []}
    shop.usual = lambda asked: (came[asked.path].append(clock.now), Answer())[1]
    its = rig(
        {"shop": KEY, "hook": f"{shop.url}/hook", "pager": KEY[:32]},
        webhooks=(WebhookSettings("shop", f"{shop.url}/shop"),),
        slack_hooks=(SlackHookSettings("hook"),),
        pagerduty=(PagerDutySettings("pager", f"{shop.url}/pager"),),
        brake=BrakeSettings(channels={"shop": 60}),
        escalation=EscalationSettings(unclaimed_min=0),
    )
    for part in range(20):
        put_many(its, 100 * part, 100)
        its.run_for(3)
    its.run_for(2 * 3_600, step_s=30)
    for path, cap in (("/shop", 60), ("/hook", 60), ("/pager", 10)):
        assert came[path] and all(late - early > HOUR_MS for early, late in zip(came[path], came[path][cap:], strict=False)), path
        assert all(late - early >= MINUTE_MS for early, late in zip(came[path], came[path][10:], strict=False)), path
    with its.store.read() as session:
        told = dict(session.execute(select(NoticeThread.channel, func.count()).group_by(NoticeThread.channel)).all())
        assert told == {"shop": 2_000, "hook": 2_000, "pager": 2_000}
        assert session.scalar(select(func.count()).where(Outgoing.kind == "notice", Outgoing.state != "sent")) == 0
    print({path: len(times) for path, times in came.items()})


def test_the_brake_is_never_passed_and_never_holds_without_need(store: Store) -> None:
    """Against plain lists: messages at times of any kind, a clock that is set back once."""
    chance, brake, now, sent = random.Random(7), Brake(1_000, 5), NOW, list[int]()
    for number in range(200):
        now += chance.choice((0, 1, 1_000, 60_000, 700_000, HOUR_MS))
        if number == 100:
            now -= 5 * HOUR_MS
            sent.clear()
        with store.begin() as session:
            budget = budget_of(session, "shop")
            free_at = brake.free_at(session, budget, now)
            within = [at for at in sent if at >= now - HOUR_MS]
            assert (free_at <= now) == (len(within) < 5) and free_at <= now + HOUR_MS + 1
            if free_at <= now:
                message = brake.spend(session, budget, now)
                if chance.random() < 0.2:
                    give_back(session, budget, message)
                    continue
                took = chance.choice((0, 30_000))
                note_when(session, message, now + took)
                sent.append(now + took)
                now += took
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeMessage)) <= 6


def test_a_digest_that_was_not_taken_is_sent_again_and_counts_once(braked: Rig, shop: StandIn) -> None:
    put_many(braked, 0, 50)
    braked.run_for(30, step_s=5)
    shop.script = [Answer(503), Answer(503)]
    braked.run_for(90, step_s=5)
    assert len({asked.headers["webhook-id"] for asked in shop.asked}) == 4 and len(shop.asked) == 6
    assert gathered(shop)[-1]["count"] == 47
    with braked.store.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeMessage)) == 4


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
