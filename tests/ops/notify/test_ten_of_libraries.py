"""Ten situations with Apprise, SNS and EventBridge, which libraries call: nothing is lost, order is kept."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from ops.notify.channel_settings import AppriseSettings, EventBridgeSettings, SnsSettings
from tests.ops.notify.conftest import Rig
from tests.ops.notify.test_amazon import REGION, client, topic_with_queue
from tests.ops.notify.test_amazon import amazon as amazon  # a fixture
from tests.ops.notify.test_delivery import states
from tests.ops.notify.test_ten_situations import end_of
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import Answer, Asked, StandIn, certificate_for

Made = Callable[..., Rig]
TOPIC = f"arn:aws:sns:{REGION}:123456789012:ten.fifo"


@dataclass(frozen=True)
class Kind:
    """A kind of channel."""

    name: str
    settings: Callable[[str], dict[str, Any]]
    """Of a channel called `shop`, by the address of its server."""
    answers: Callable[[int, str], Answer]
    """How its service says that something is wrong: by a status, and a word of Amazon's."""
    names: Callable[[Asked], str]
    """What a receiver knows a message by when it comes again; empty where there is nothing."""


def _xml(status: int, code: str) -> Answer:
    return Answer(status, f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>")


def _json(status: int, code: str) -> Answer:
    return Answer(status, {"__type": code, "message": "no"}, {"x-amzn-errortype": code})


def _group(asked: Asked) -> str:
    return parse_qs(asked.body.decode())["MessageDeduplicationId"][0]


def _id(asked: Asked) -> str:
    return asked.body.decode().split('\\"id\\":')[1][:40]


KINDS = (
    Kind("apprise", lambda _: {"apprise": (AppriseSettings("shop"),)}, lambda status, _: Answer(status), lambda _: ""),
    Kind("sns", lambda url: {"sns": (SnsSettings("shop", TOPIC, url),)}, _xml, _group),
    Kind("eventbridge", lambda url: {"eventbridge": (EventBridgeSettings("shop", "default", REGION, url),)}, _json, _id),
)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def front(shop: StandIn, amazon: str) -> Iterator[StandIn]:
    """A server in front of Amazon's stand-in, which takes what Apprise sends itself."""
    topic_with_queue(amazon, "ten.fifo", fifo=True)

    def passed_on(asked: Asked) -> Answer:
        if "authorization" not in asked.headers:
            return Answer(200)
        connection = http.client.HTTPConnection(amazon.removeprefix("http://"), timeout=20)
        connection.request("POST", asked.path, asked.body, dict(asked.headers))
        reply = connection.getresponse()
        return Answer(reply.status, reply.read().decode(), {"Content-Type": reply.headers["Content-Type"]})

    shop.usual = passed_on
    yield shop
    client("sns", amazon).delete_topic(TopicArn=TOPIC)


def through(rig: Made, kind: Kind, url: str, **more: Any) -> Rig:
    scheme, _, rest = url.partition("://")
    secret = f"json{'s' if scheme == 'https' else ''}://{rest}/hook?rto=0.5&cto=2"
    return rig({"shop": secret}, **{"timeout_s": 5.0, **kind.settings(url), **more})


NOT_AT_FIRST = {
    "1_it_is_busy": (429, "ThrottlingException"),
    "2_it_fails": (500, "InternalFailure"),
    "3_it_is_away": (503, "ServiceUnavailable"),
}


@pytest.mark.parametrize(("status", "code"), NOT_AT_FIRST.values(), ids=NOT_AT_FIRST)
def test_it_does_not_take_it_at_first(rig: Made, kind: Kind, front: StandIn, status: int, code: str) -> None:
    its = through(rig, kind, front.url)
    front.script = [kind.answers(status, code)]
    put_case(its.store, 1)
    its.run()
    assert len(front.asked) == 1 and its.deliveries["shop"].failing != ""
    assert end_of(its, 40)[0] == "sent" and len(front.asked) == 2
    assert len({kind.names(asked) for asked in front.asked}) == 1


@pytest.mark.parametrize("answer", [Answer(hangs=True), Answer(drops=True)], ids=["4_it_hangs", "5_it_breaks_off"])
def test_it_says_nothing_at_first(rig: Made, kind: Kind, front: StandIn, answer: Answer) -> None:
    its = through(rig, kind, front.url, timeout_s=0.5 if answer.hangs else 5.0)
    front.script = [answer]
    put_case(its.store, 1)
    its.run()
    assert its.deliveries["shop"].failing.startswith("no ")
    front.script = []
    its.deliveries = {**through(rig, kind, front.url).deliveries}
    assert end_of(its, 160)[0] == "sent"
    assert len({kind.names(asked) for asked in front.asked}) == 1


def test_6_it_refuses_the_message(rig: Made, kind: Kind, front: StandIn) -> None:
    its = through(rig, kind, front.url)
    front.script = [kind.answers(400, "InvalidParameter")]
    put_case(its.store, 1)
    state, why = end_of(its, 10)
    assert state == "dead" and ("HTTP 400" in why or "InvalidParameter" in why)


def test_7_it_sends_us_to_another_address(rig: Made, kind: Kind, front: StandIn) -> None:
    with StandIn() as inside:
        its = through(rig, kind, front.url)
        front.script = [Answer(307, "", {"Location": inside.url})] * 4
        put_case(its.store, 1)
        assert end_of(its, 10)[0] == "pending" and inside.asked == []


def test_8_it_has_a_private_address(rig: Made, kind: Kind, front: StandIn) -> None:
    its = through(rig, kind, front.url.replace("http:", "https:"), allow_private=())
    put_case(its.store, 1)
    state, why = end_of(its, 10)
    assert state == "pending" and "notify.allow_private" in why and front.asked == []


def test_9_its_certificate_is_for_another_name(rig: Made, kind: Kind, amazon: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_for(tmp_path, "shop.example.com")
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate[0]))
    with StandIn(certificate=certificate) as server:
        its = through(rig, kind, server.url)
        put_case(its.store, 1)
        state, why = end_of(its, 10)
        assert state == "pending" and "certificate is not trusted" in why and server.asked == []


def test_10_an_incident_grows_while_it_fails(rig: Made, kind: Kind, front: StandIn) -> None:
    its = through(rig, kind, front.url)
    front.script = [kind.answers(500, "InternalFailure")]
    put_case(its.store, 1, headline="as+it+was+first")
    its.run()
    put_case(its.store, 1, revision=2, severity="critical", headline="later")
    its.run_for(60, step_s=10)
    assert {state for state, _ in states(its.store)} == {"sent"}
    bodies = [asked.body for asked in front.asked]
    assert b"first" in bodies[0] and all(b"first" not in body for body in bodies[1:]) and len(bodies) >= 2
