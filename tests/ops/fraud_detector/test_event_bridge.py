"""Events in EventBridge's envelope: mapped by their detail-type, or events of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.events.event import Rejected
from ops.fraud_detector.event_bridge import EventBridge
from tests.ops.fraud_detector.wire import mappings

DETAIL = {"email_address": "a@example.com", "ip_address": "203.0.113.7"}
ENVELOPE = {
    "version": "0",
    "id": "7c1e6a30",
    "detail-type": "registration",
    "source": "shop",
    "account": "123456789012",
    "time": "2022-03-06T09:52:18Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": DETAIL,
}
BRIDGE = EventBridge(mappings())


def opened(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(BRIDGE.opened(json.dumps({**ENVELOPE, **changes}).encode()))
    return document


def refused(**changes: Any) -> Rejected:
    with pytest.raises(Rejected) as raised:
        opened(**changes)
    return raised.value


def test_a_detail_is_mapped_as_its_type_says() -> None:
    assert opened() == {
        "event_id": "7c1e6a30",
        "event_type": "signup",
        "event_time": 1646560338000,
        "account_id": "a@example.com",
        "email": "a@example.com",
        "ip": "203.0.113.7",
    }


def test_numbers_are_read_as_the_texts_of_a_table() -> None:
    detail = {"ENTITY_ID": 17, "order_price": 17.5, "card_bin": 404409, "merchant": None, "user_agent": True}
    event = opened(**{"detail-type": "transaction", "detail": detail})
    assert event["account_id"] == "17" and event["amount"] == 17.5 and event["payment_instrument"] == "404409"
    assert event["device_fingerprint"] == "true" and "merchant_id" not in event


def test_a_detail_may_bring_its_own_id_and_time() -> None:
    event = opened(detail={**DETAIL, "EVENT_ID": "e-9", "EVENT_TIMESTAMP": "2022-03-06T10:00:00Z"})
    assert (event["event_id"], event["event_time"]) == ("e-9", 1646560800000)


def test_a_detail_that_is_an_event_is_taken_as_it_is() -> None:
    detail = {"event_type": "login", "account_id": "a-17"}
    whole = {"event_id": "7c1e6a30", "event_time": "2022-03-06T09:52:18Z", **detail}
    assert opened(**{"detail-type": "Somebody logged in", "detail": detail}) == whole
    own = {**detail, "event_id": "e-1", "event_time": 5}
    assert opened(**{"detail-type": "Somebody logged in", "detail": own}) == own


@pytest.mark.parametrize("line", [b'{"event_id": "e-1"}', b"not json", b'{"event_id": "a \\"detail-type\\""}', b'{"detail-type": 1}'])
def test_what_is_no_envelope_stays_as_it_is(line: bytes) -> None:
    assert BRIDGE.opened(line) is line


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"detail-type": "unheard"}, "detail-type"),
        ({"detail-type": 5}, "detail-type"),
        ({"detail": "text"}, "detail"),
        ({"detail": {"ip_address": "1.2.3.4"}}, "detail.email_address"),
        ({"detail": {**DETAIL, "x": [1]}}, "detail.x"),
        ({"time": None}, "time"),
        ({"time": "noon"}, "time"),
        ({"id": None}, "id"),
    ],
)
def test_what_is_wrong_in_an_envelope_is_named(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes).field == field


@pytest.mark.parametrize("body", [b'{"detail-type": "a", "detail-type": "b"}', b'{"detail-type": "a", "detail": ' + b"[" * 9000])
def test_an_envelope_that_is_hostile_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        BRIDGE.opened(body)
