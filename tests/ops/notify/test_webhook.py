"""Signed webhooks as Standard Webhooks and CloudEvents want them, to a server that checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import SettingError
from ops.cases.claims import claim
from ops.cases.verdicts import give_verdict
from ops.notify.channel_settings import WebhookSettings
from ops.notify.channels.webhook import signing_keys
from tests.ops.notify.conftest import KEY, ORIGIN, Rig
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import Asked, StandIn

OTHER = "whsec_" + base64.b64encode(b"another key of thirty-two bytes!").decode()


def is_signed(asked: Asked, key: str) -> bool:
    """Check a request as a receiver does, from the words of the specification."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    content = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    wanted = base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in asked.headers["webhook-signature"].split(" ")


@pytest.fixture
def webhooks(rig: Callable[..., Rig], shop: StandIn) -> Rig:
    return rig({"shop": KEY}, webhooks=(WebhookSettings("shop", f"{shop.url}/fraud?from=ringwatch"),))


def test_an_incident_comes_as_a_signed_cloud_event(webhooks: Rig, shop: StandIn) -> None:
    put_case(webhooks.store, 3, headline="Device farm [F1] of 4 accounts")
    assert webhooks.run() == 1
    [asked] = shop.asked
    assert asked.path == "/fraud?from=ringwatch" and is_signed(asked, KEY) and not is_signed(asked, OTHER)
    event = asked.json
    assert event["specversion"] == "1.0" and event["id"] == asked.headers["webhook-id"] and event["source"] == ORIGIN
    assert event["type"] == "ringwatch.incident.found" and event["subject"] == "inc-0000000000000003"
    assert event["data"]["headline"] == "Device farm of 4 accounts" and event["data"]["money"] == ["100.00 EUR"]
    assert event["data"]["link"] == f"{ORIGIN}/incidents/inc-0000000000000003" and event["data"]["state"] == "open"
    assert asked.headers["content-type"].startswith("application/cloudevents+json")


def test_while_keys_are_changed_both_sign(rig: Callable[..., Rig], shop: StandIn) -> None:
    both = rig({"shop": f"{OTHER} {KEY}"}, webhooks=(WebhookSettings("shop", shop.url),))
    put_case(both.store)
    both.run()
    assert is_signed(shop.asked[0], KEY) and is_signed(shop.asked[0], OTHER)


def test_every_change_is_told_as_it_is_then(webhooks: Rig, shop: StandIn) -> None:
    case_id = put_case(webhooks.store)
    webhooks.run()
    who: Any = {"by": "anna", "now": webhooks.clock.now, "settings": SETTINGS}
    with webhooks.store.begin() as session:
        claim(session, case_id, **who)
    webhooks.run()
    with webhooks.store.begin() as session:
        give_verdict(session, case_id, "fraud", "card of the courier's mother", **who, labels_to="redis:labels")
    webhooks.run()
    put_case(webhooks.store, alerts=5, revision=2)
    webhooks.run()
    types = [asked.json["type"].rpartition(".")[2] for asked in shop.asked]
    assert types == ["found", "claimed", "verdict", "changed"]
    assert [asked.json["data"]["state"] for asked in shop.asked] == ["open", "claimed", "closed", "open"]
    assert shop.asked[2].json["data"]["verdict"] == "fraud" and b"mother" not in shop.asked[2].body
    assert len({asked.headers["webhook-id"] for asked in shop.asked}) == 4


def test_what_happens_while_it_waits_comes_as_one(webhooks: Rig, shop: StandIn) -> None:
    case_id = put_case(webhooks.store)
    for revision in range(2, 9):
        put_case(webhooks.store, revision=revision)
    with webhooks.store.begin() as session:
        claim(session, case_id, by="anna", now=webhooks.clock.now, settings=SETTINGS)
    assert webhooks.run() == 1
    data = shop.asked[0].json["data"]
    assert data["revision"] == 8 and data["owner"] == "anna" and len(data["happened"]) == 9


@pytest.mark.parametrize(
    ("secret", "why"),
    [("", "no key"), ("whsec_c2hvcnQ=", "24 to 64 bytes"), ("whsec_!!!", "whsec_ and base64"), (f"{KEY} nokey?", "base64")],
)
def test_a_key_that_is_none_is_refused_without_being_quoted(secret: str, why: str) -> None:
    with pytest.raises(SettingError, match=f"RINGWATCH_NOTIFY_SHOP.*{why}") as refused:
        signing_keys("RINGWATCH_NOTIFY_SHOP", secret)
    assert "c2hvcnQ" not in str(refused.value)
