"""Ten situations, each with every channel that is called by HTTP: nothing is lost, order is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.notify.channel_settings import PagerDutySettings, SlackBotSettings, SlackHookSettings, WebhookSettings
from tests.ops.notify.conftest import KEY, LOOPBACK, Rig
from tests.ops.notify.test_delivery import states
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, Asked, StandIn, certificate_for

Made = Callable[..., Rig]
TAKEN = {"ok": True, "channel": "C0123456789", "ts": "1.2", "messages": [], "status": "success"}
"""What each of them takes for a yes."""


@dataclass(frozen=True)
class Kind:
    """A kind of channel."""

    name: str
    settings: Callable[[str], dict[str, Any]]
    """Of a channel called `shop`, by the address of its server."""
    secret: Callable[[str], str]
    names: Callable[[Asked], str]
    """What a receiver knows a message by when it comes again; empty where there is nothing."""


def _dedup_key(asked: Asked) -> str:
    return str(asked.json["dedup_key"])


KINDS = (
    Kind("webhook", lambda url: {"webhooks": (WebhookSettings("shop", url),)}, lambda _: KEY, lambda asked: asked.headers["webhook-id"]),
    Kind("slack bot", lambda url: {"slack_bots": (SlackBotSettings("shop", "C0123456789", url),)}, lambda _: "xoxb-1234", lambda _: ""),
    Kind("slack hook", lambda _: {"slack_hooks": (SlackHookSettings("shop"),)}, lambda url: f"{url}/services/T1", lambda _: ""),
    Kind("pagerduty", lambda url: {"pagerduty": (PagerDutySettings("shop", url),)}, lambda _: "k" * 32, _dedup_key),
)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name.replace(" ", "_"))
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def through(rig: Made, kind: Kind, server: StandIn, **more: Any) -> Rig:
    server.usual = lambda _: Answer(200, TAKEN)
    return rig({"shop": kind.secret(server.url)}, **{"timeout_s": 2.0, **kind.settings(server.url), **more})


def told(server: StandIn) -> list[Asked]:
    """Return the messages, without questions about what is there."""
    return [asked for asked in server.asked if not asked.path.endswith("conversations.history")]


def end_of(its: Rig, seconds: float) -> tuple[str, str]:
    """Let time pass and return the state of the one notice, and why it is not sent."""
    its.run_for(seconds, step_s=seconds / 4)
    [(state, why)] = states(its.store)
    return state, why or ""


def test_1_it_is_busy(rig: Made, kind: Kind, shop: StandIn) -> None:
    its = through(rig, kind, shop)
    shop.script = [Answer(429, "", {"Retry-After": "60"})]
    put_case(its.store, 1)
    assert end_of(its, 50)[0] == "pending" and len(shop.asked) == 1
    assert end_of(its, 20)[0] == "sent"


NOT_AT_FIRST = {
    "2_it_fails": Answer(500),
    "3_it_is_away": Answer(503),
    "4_it_hangs": Answer(hangs=True),
    "5_it_breaks_off": Answer(drops=True),
}


@pytest.mark.parametrize("answer", NOT_AT_FIRST.values(), ids=NOT_AT_FIRST)
def test_it_does_not_take_it_at_first(rig: Made, kind: Kind, shop: StandIn, answer: Answer) -> None:
    its = through(rig, kind, shop, timeout_s=0.5 if answer.hangs else 2.0)
    shop.script = [answer]
    put_case(its.store, 1)
    assert end_of(its, 40)[0] == "sent"
    assert len({kind.names(asked) for asked in told(shop)}) == 1


def test_6_it_refuses_the_message(rig: Made, kind: Kind, shop: StandIn) -> None:
    its = through(rig, kind, shop)
    shop.script = [Answer(400, "<b>no</b>")]
    put_case(its.store, 1)
    state, why = end_of(its, 10)
    assert state == "dead" and "HTTP 400" in why and "<b>" not in why


def test_7_it_sends_us_to_a_private_address(rig: Made, kind: Kind, shop: StandIn) -> None:
    with StandIn() as inside:
        its = through(rig, kind, shop)
        shop.script = [Answer(307, "", {"Location": inside.url})]
        put_case(its.store, 1)
        state, why = end_of(its, 10)
        assert state == "pending" and "not followed" in why and inside.asked == []


def test_8_it_has_a_private_address(rig: Made, kind: Kind, tmp_path: Path) -> None:
    with StandIn(certificate=certificate_for(tmp_path, "127.0.0.1")) as server:
        its = through(rig, kind, server, allow_private=())
        put_case(its.store, 1)
        state, why = end_of(its, 10)
        assert state == "pending" and "notify.allow_private" in why and server.asked == []


def test_9_its_certificate_is_for_another_name(rig: Made, kind: Kind, tmp_path: Path) -> None:
    certificate = certificate_for(tmp_path, "shop.example.com")
    with StandIn(certificate=certificate) as server:
        its = through(rig, kind, server, allow_private=LOOPBACK, ca_file=str(certificate[0]))
        put_case(its.store, 1)
        state, why = end_of(its, 10)
        assert state == "pending" and "certificate is not trusted" in why and server.asked == []


def test_10_an_incident_grows_while_it_fails(rig: Made, kind: Kind, shop: StandIn) -> None:
    its = through(rig, kind, shop)
    shop.script = [Answer(500)]
    put_case(its.store, 1, headline="as it was first")
    its.run()
    put_case(its.store, 1, revision=2, severity="critical", headline="as it is now")
    its.run_for(60, step_s=10)
    assert {state for state, _ in states(its.store)} == {"sent"}
    bodies = [asked.body for asked in told(shop)]
    assert b"as it was first" in bodies[0] and all(b"as it is now" in body for body in bodies[1:]) and len(bodies) >= 2
