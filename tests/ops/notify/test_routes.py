"""Who is told: by severity, action, kind, money and time of day; what quiet hours hold; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import SettingError
from ops.cases.claims import claim
from ops.notify.channel_settings import MailSettings, PagerDutySettings, WebhookSettings
from ops.notify.routes import Routes, Subject
from ops.notify.settings import BrakeSettings, EscalationSettings, NotifySettings, QuietSettings, RouteSettings
from tests.ops.notify.conftest import KEY, Rig
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import StandIn

TWO = (WebhookSettings("team", "https://a.example.com"), WebhookSettings("pager", "https://b.example.com"))
RING = Subject("inc-1", 2, "verify", "ring", "device farm", 500.0)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def channels(*routes: RouteSettings, subject: Subject = RING, when: str = "2026-11-25T12:00") -> set[str]:
    return set(Routes(NotifySettings(webhooks=TWO, routes=routes), ()).of(subject, at(when)))


def test_without_routes_every_channel_hears_of_medium_and_graver() -> None:
    assert channels() == {"team", "pager"}
    assert channels(subject=Subject("inc-1", 0, "monitor", "ring", None, 0.0)) == set()


@pytest.mark.parametrize(
    ("given", "matches"),
    [
        ({}, True), ({"at_least": "high"}, True), ({"at_least": "critical"}, False), ({"actions": ("block", "verify")}, True),
        ({"actions": ("block",)}, False), ({"kinds": ("wave",)}, False), ({"patterns": ("device farm",)}, True),
        ({"money_from": 500.0}, True),
        ({"money_from": 500.1}, False), ({"begin": "08:00", "end": "18:00"}, True), ({"begin": "18:00", "end": "08:00"}, False),
        ({"begin": "18:00", "end": "12:01"}, True), ({"days": ("wed",)}, True), ({"days": ("sat", "sun")}, False),
    ],
)  # fmt: skip
def test_all_that_a_route_names_must_hold(given: dict[str, Any], matches: bool) -> None:
    assert channels(RouteSettings(("team",), **given)) == ({"team"} if matches else set())


def test_routes_add_up_in_their_time_zone() -> None:
    berlin = NotifySettings(webhooks=TWO, time_zone="Europe/Berlin", routes=(RouteSettings(("team",), begin="13:00", end="14:00"),))
    assert Routes(berlin, ()).of(RING, at("2026-11-25T12:30")) == {"team"}
    assert channels(RouteSettings(("team",)), RouteSettings(("pager",), at_least="high")) == {"team", "pager"}


@pytest.mark.parametrize(
    ("now", "severity_rank", "then"),
    [
        ("2026-11-25T23:00", 2, "2026-11-26T07:00"), ("2026-11-26T06:59", 2, "2026-11-26T07:00"),
        ("2026-11-26T07:00", 2, "2026-11-26T07:00"),
        ("2026-11-25T23:00", 3, "2026-11-25T23:00"), ("2026-11-25T12:00", 2, "2026-11-25T12:00"),
    ],
)  # fmt: skip
def test_in_quiet_hours_people_wait_for_what_is_not_critical(now: str, severity_rank: int, then: str) -> None:
    routes = Routes(NotifySettings(webhooks=TWO, quiet_hours=QuietSettings("22:00", "07:00")), ("team",))
    subject = Subject("inc-1", severity_rank, "verify", "ring", None, 0.0)
    assert routes.not_before("team", subject, at(now)) == at(then)
    assert routes.not_before("pager", subject, at(now)) == at(now)


def test_nobody_claims_in_time_and_the_other_channel_hears_of_it(rig: Callable[..., Rig], shop: StandIn) -> None:
    both = (WebhookSettings("team", f"{shop.url}/team"), WebhookSettings("chief", f"{shop.url}/chief"))
    escalation = EscalationSettings(unclaimed_min=30, at_least="high", channels=("chief",))
    its = rig({"team": KEY, "chief": KEY}, webhooks=both, escalation=escalation, routes=(RouteSettings(("team",)),))
    claimed = put_case(its.store, 1, severity="high")
    put_case(its.store, 2, severity="high")
    put_case(its.store, 3)
    its.run()
    with its.store.begin() as session:
        claim(session, claimed, by="anna", now=its.clock.now, settings=SETTINGS)
    its.run_for(1900, step_s=60)
    [chief] = [asked for asked in shop.asked if asked.path == "/chief"]
    assert chief.json["subject"] == "inc-0000000000000002" and chief.json["type"].endswith(".unclaimed")
    its.run_for(7200, step_s=300)
    assert len([asked for asked in shop.asked if asked.path == "/chief"]) == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"webhooks": (WebhookSettings("Shop", "https://a.example.com"),)}, "no name of a channel"),
        ({"webhooks": (TWO[0], TWO[0])}, "two channels are called team"),
        ({"webhooks": (WebhookSettings("shop", "ftp://a"),)}, r"notify\.webhooks\.0\.url"),
        ({"webhooks": TWO, "routes": (RouteSettings(),)}, r"notify\.routes\.0\.channels: name one of team, pager"),
        ({"webhooks": TWO, "routes": (RouteSettings(("tema",)),)}, "no channel 'tema'"),
        ({"webhooks": TWO, "routes": (RouteSettings(("team",), begin="7:00"),)}, r"notify\.routes\.0\.begin.*'07:30'"),
        ({"webhooks": TWO, "routes": (RouteSettings(("team",), days=("monday",)),)}, r"notify\.routes\.0\.days"),
        ({"webhooks": TWO, "routes": (RouteSettings(("team",), at_least="bad"),)}, r"notify\.routes\.0\.at_least"),
        ({"quiet_hours": QuietSettings("25:00")}, r"notify\.quiet_hours\.begin"),
        ({"brake": BrakeSettings(per_minute=0)}, r"notify\.brake\.per_minute"),
        ({"webhooks": TWO, "brake": BrakeSettings(channels={"team": 0})}, r"notify\.brake\.channels\.team"),
        ({"escalation": EscalationSettings(channels=("x",))}, r"notify\.escalation\.channels"),
        ({"time_zone": "Mars/Olympus"}, r"notify\.time_zone"),
        ({"timeout_s": 0}, r"notify\.timeout_s"),
        ({"pagerduty": (PagerDutySettings("pager", "x"),)}, r"notify\.pagerduty\.0\.url"),
        ({"mail": (MailSettings("mail", "h", sender="a@b", to=("a@b\r\nBcc: c@d",)),)}, r"notify\.mail\.0\.to"),
        ({"mail": (MailSettings("mail", "h", sender="a@b", to=()),)}, r"notify\.mail\.0\.to"),
        ({"mail": (MailSettings("mail", "h", security="ssl", sender="a@b", to=("a@b",)),)}, r"notify\.mail\.0\.security"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingError, match=why):
        NotifySettings(**settings)
