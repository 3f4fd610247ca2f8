"""What a rule that fired says: its text and the numbers that made it fire."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.policy import Policy, PolicySettings
from domain.decisions.policy import Rule as RuleSetting
from domain.decisions.rule_reasons import RuleReasons
from domain.events.event import Event
from domain.events.identity import DEMO_KEY, Pseudonyms
from domain.graph import GraphSettings
from domain.rules.entity_lists import EntityLists, ListRecord
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from domain.rules.rule_set import RuleSet

GRAPH = GraphSettings(numeric_attributes=("items",), categorical_attributes=("channel",))
NAMES = RuleNames.of(GRAPH)
PSEUDONYMS = Pseudonyms(DEMO_KEY)
APP = PSEUDONYMS.of("attribute channel", "app") & 0xFFFFFFFF
# 22:13 on a Tuesday in UTC
ORDER = Event("e1", 2, 1_700_000_000_000, (11, 22, 0), 5, 1600.0, "EUR", numeric=(12.0,), categorical=(APP,), places=(44,))
VALUES = {
    "device.accounts_1h": 11,
    "device.age": 3.5,
    "device.given": 1,
    "device.same_account": 0.25,
    "account.amount_ratio_1d": 1.2,
    "event.amount": 1600,
}
HELD = {"feature": "device.accounts_1h", "at_least": 8}
NOT_HELD = {"feature": "device.accounts_1h", "at_least": 20}


def row() -> memoryview:
    values = np.zeros(len(NAMES.features), np.float32)
    for name, value in VALUES.items():
        values[list(NAMES.features).index(name)] = NAMES.features[name].column(value)
    return values.data


def text_of(when: dict[str, Any]) -> str:
    lists = EntityLists(GRAPH)
    lists.put(ListRecord("L1", 1, "active", "mules", "device", None, "me", "try"), np.array([22], np.uint64))
    record = {"id": "R1", "version": 1, "when": when, "decision": "block", "text": "wave", "by": "me", "reason": "try"}
    rules = RuleSet(GRAPH, [rule_of(record, NAMES)], lists, PSEUDONYMS, RuleReasons(GRAPH))
    return rules.fired(ORDER, row())[0].text.removeprefix("wave: ")


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (HELD, "11 accounts at the device within 1 hour, of its last 16 events (at least 8)"),
        ({"not": NOT_HELD}, "11 accounts at the device within 1 hour, of its last 16 events (not at least 20)"),
        ({"feature": "device.age", "between": [2.5, 48]}, "3.5 hours since the device was first seen (between 2.5 hours and 2 days)"),
        ({"feature": "device.given", "is": 1}, "the event names a device"),
        ({"feature": "device.same_account", "below": 0.3}, "share of the device's last events with this account: 25% (below 0.3)"),
        (
            {"feature": "account.amount_ratio_1d", "above": 1},
            "amount 3.3 times the account's mean over 1 day (account.amount_ratio_1d 1.2, above 1)",
        ),
        ({"field": "amount", "at_least": 1500, "currency": "EUR"}, "1,600.00 EUR (at least 1,500.00)"),
        ({"feature": "event.amount", "at_least": 1500}, "amount: 1,600.00 (at least 1,500)"),
        ({"not": {"field": "amount", "at_least": 5, "currency": "USD"}}, "1,600.00 EUR (not at least 5.00 USD)"),
        ({"field": "event_type", "in": ["signup", "order"]}, "event type order"),
        ({"field": "currency", "is_not": "USD"}, "currency EUR"),
        ({"attribute": "items", "is": 12}, "items 12 (exactly 12)"),
        ({"attribute": "channel", "is": "app"}, "channel is app"),
        ({"attribute": "channel", "is_not": "web"}, "channel is not web"),
        ({"not": {"attribute": "channel", "in": ["web", "shop"]}}, "channel is not one of web, shop"),
        ({"entity": "address", "is": "missing"}, "the address is missing"),
        ({"not": {"entity": "ip", "is": "missing"}}, "the ip is given"),
        ({"entity": "device", "in_list": "mules"}, "the device is on the list mules"),
        ({"entity": "ip", "not_in_list": "mules"}, "the ip is not on the list mules"),
        ({"time_of_day": {"from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}}, "23:13 in Europe/Berlin"),
        (
            {"not": {"time_of_day": {"from": "22:00", "to": "06:00", "zone": "Asia/Tokyo"}}},
            "07:13 in Asia/Tokyo (not 22:00 to 06:00)",
        ),
        ({"weekday": ["tue"], "zone": "UTC"}, "Tuesday in UTC"),
        ({"any": [NOT_HELD, {"entity": "ip", "is": "present"}]}, "the ip is given"),
        ({"not": {"all": [{"entity": "ip", "is": "present"}, {"entity": "address", "is": "present"}]}}, "the address is missing"),
    ],
)
def test_a_fact(when: dict[str, Any], text: str) -> None:
    assert text_of(when) == text


def test_four_facts_are_told_and_the_rest_is_counted() -> None:
    kinds = [{"entity": kind, "is": "present"} for kind in ("account", "device", "ip")]
    text = text_of({"all": [*kinds, *kinds, {"entity": "address", "is": "missing"}, HELD, {"field": "event_type", "is": "order"}]})
    assert text == "the account is given, the device is given, the ip is given, the address is missing, and 2 more"


@given(
    st.sampled_from(["device.accounts_1h", "device.age", "account.same_device"]), st.integers(0, 9).map(float), st.integers(0, 9).map(float)
)
def test_a_rule_of_the_language_fires_where_one_of_the_settings_does(name: str, limit: float, value: float) -> None:
    policy = Policy(
        PolicySettings(rules=(RuleSetting(name, limit, "block", "R1", "r"),)), GRAPH, [*NAMES.features.values()], 0.5, 0.9, PSEUDONYMS
    )
    values = np.zeros(len(NAMES.features), np.float32)
    values[list(NAMES.features).index(name)] = NAMES.features[name].column(value)
    record = {
        "id": "R1",
        "version": 1,
        "when": {"feature": name, "at_least": limit},
        "decision": "block",
        "text": "t",
        "by": "b",
        "reason": "r",
    }
    rules = RuleSet(GRAPH, [rule_of(record, NAMES)], EntityLists(GRAPH), PSEUDONYMS)
    assert bool(rules.fired(ORDER, values.data)) == (policy.decide(0.0, ORDER.entities, values.data)[0] == "block")
