"""PagerDuty: trigger, acknowledge and resolve by the incident's id, its limits kept, nobody paged in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.times import HOUR_MS
from ops.cases.changes import reopen
from ops.cases.claims import claim
from ops.cases.verdicts import give_verdict
from ops.notify.channel_settings import PagerDutySettings
from ops.notify.settings import BrakeSettings
from tests.ops.notify.conftest import Rig
from tests.ops.notify.test_delivery import states
from tests.support.case_samples import SETTINGS, put_case, put_incident
from tests.support.channel_stand_in import Answer, StandIn

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def pager(rig: Callable[..., Rig], shop: StandIn) -> Rig:
    shop.usual = lambda _: Answer(202, {"status": "success"})
    settings = PagerDutySettings("pager", f"{shop.url}/v2/enqueue")
    return rig({"pager": KEY}, pagerduty=(settings,), brake=BrakeSettings(pager_per_hour=4))


def acts(shop: StandIn) -> list[tuple[str, str]]:
    return [(asked.json["event_action"], asked.json["dedup_key"]) for asked in shop.asked]


def test_a_page_follows_the_case(pager: Rig, shop: StandIn) -> None:
    who: Any = {"by": "anna", "settings": SETTINGS}
    case_id = put_case(pager.store, 1, severity="critical")
    pager.run_for(3)
    put_case(pager.store, 1, severity="critical", revision=2)
    pager.run_for(3)
    with pager.store.begin() as session:
        claim(session, case_id, now=pager.clock.now, **who)
    pager.run_for(3)
    with pager.store.begin() as session:
        give_verdict(session, case_id, "fraud", "x", now=pager.clock.now, **who, labels_to="redis:labels")
    pager.run_for(3)
    with pager.store.begin() as session:
        reopen(session, case_id, "more of it", now=pager.clock.now, **who)
    pager.run_for(3)
    key = "inc-0000000000000001"
    assert acts(shop) == [("trigger", key), ("acknowledge", key), ("resolve", key), ("trigger", key)]
    payload = shop.asked[0].json["payload"]
    assert payload["severity"] == "critical" and payload["summary"].startswith("CRITICAL: Linked accounts 1")
    assert shop.asked[0].json["routing_key"] == KEY


def test_limits_are_kept_and_texts_are_texts(pager: Rig, shop: StandIn) -> None:
    put_case(pager.store, 1, headline="\n\x00<b>" + "x" * 5_000, explanation="y" * 10**6, next_steps=["z" * 10**5] * 10)
    pager.run()
    payload = shop.asked[0].json["payload"]
    assert len(payload["summary"]) <= 1_024 and "\n" not in payload["summary"] and len(shop.asked[0].body) <= 512 * 1024


def test_a_storm_pages_no_more_than_the_brake_allows(pager: Rig, shop: StandIn) -> None:
    with pager.store.begin() as session:
        for number in range(60):
            put_incident(session, number, 1, pager.clock.now, severity="critical")
    pager.run_for(3500, step_s=50)  # more than a half hour, in which nobody claims them
    assert len(shop.asked) == 4
    pager.run_for(200, step_s=50)
    [last] = shop.asked[4:]
    assert last.json["payload"]["summary"] == "56 incidents at once: 56 critical" and last.json["payload"]["severity"] == "critical"


def test_what_is_late_or_closed_pages_nobody(pager: Rig, shop: StandIn) -> None:
    put_case(pager.store, 1, at=pager.clock.now - 7 * HOUR_MS)
    case_id = put_case(pager.store, 2)
    with pager.store.begin() as session:
        give_verdict(session, case_id, "legitimate", "x", by="anna", now=pager.clock.now, settings=SETTINGS, labels_to="redis:labels")
    pager.run_for(5)
    assert shop.asked == [] and [state for state, _ in states(pager.store)] == ["expired", "cancelled"]


def test_an_event_that_is_refused_is_dead_and_shows_no_key(pager: Rig, shop: StandIn) -> None:
    shop.usual = lambda _: Answer(400, {"status": "invalid event", "errors": [f"routing_key {KEY} is bad"]})
    put_case(pager.store, 1)
    pager.run_for(5)
    [(state, why)] = states(pager.store)
    assert state == "dead" and why is not None and KEY not in why and "invalid event" in why
    with pager.store.read() as session:
        assert session.connection().exec_driver_sql("SELECT hour_sent FROM notice_budgets").scalar() == 0


def test_a_page_that_comes_twice_has_the_same_key(pager: Rig, shop: StandIn) -> None:
    shop.script = [Answer(drops=True), Answer(429, "", {"Retry-After": "3"})]
    put_case(pager.store, 1)
    pager.run_for(30)
    assert len(set(acts(shop))) == 1 and len(shop.asked) == 3
