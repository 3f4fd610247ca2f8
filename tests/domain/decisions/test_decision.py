"""Decisions and alerts: made, published and read again without a change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import SEVERITIES, Alert, alert_severity
from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE, Decision, Reason
from domain.decisions.decision_maker import DecisionMaker
from domain.events.identity import MISSING, Pseudonyms
from domain.graph import GraphSettings
from tests.support.event_histories import make_event
from tests.support.incident_samples import START, alert, alert_document, alerts

PSEUDONYMS = Pseudonyms(b"test")
ENTITIES = (PSEUDONYMS.of("account", "alice"), PSEUDONYMS.of("device", "d1"), MISSING)
MAKER = DecisionMaker(GraphSettings(), "model-1", "default")


def test_the_published_decision_has_the_contract_s_fields_in_order_and_no_raw_identifier() -> None:
    event = make_event("o1", 2, START, ENTITIES, 19.5)
    decision = MAKER.make(event, 0.97, BLOCK, START + 5, (Reason("X", "x", 0.123456),), "device-00ff")
    assert list(decision.to_document().items()) == list({
        "event_id": "o1", "event_time": START, "event_type": "order", "decision": "block", "score": 0.97,
        "reasons": [{"code": "X", "text": "x", "weight": 0.1235}], "ring": "device-00ff",
        "entities": {"account": f"{ENTITIES[0]:016x}", "device": f"{ENTITIES[1]:016x}"}, "amount": 19.5, "currency": "EUR",
        "model": "model-1", "policy": "default", "decided_at": START + 5,
    }.items())  # fmt: skip
    assert (decision.account, decision.is_flagged) == (f"{ENTITIES[0]:016x}", True)


def test_what_an_event_does_not_have_is_null() -> None:
    login = MAKER.make(make_event("l", 1, START, ENTITIES), 0.1, APPROVE, START)
    document = login.to_document()
    assert (document["amount"], document["currency"], document["ring"], document["reasons"]) == (None, None, None, [])
    assert not login.is_flagged
    assert login.to_json() == json.dumps(document, separators=(",", ":"))


@settings(max_examples=100, deadline=None)
@given(alerts(st.integers(0, START)), st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=3), st.integers(0, START))
def test_an_alert_comes_back_from_its_record_byte_for_byte(one: Alert, joins: list[str], clock_ms: int) -> None:
    made = Alert.raised(one.decision, joins, clock_ms)
    record = json.dumps(made.to_record())
    read = Alert.of(json.loads(record))
    assert json.dumps(read.to_record()) == record
    assert read.labels == (one.ring, *joins)
    assert json.dumps(Decision.of(json.loads(record)).to_document()) == json.dumps(one.decision.to_document())
    assert one.decision.to_json() == json.dumps(one.decision.to_document(), separators=(",", ":"))
    assert list(made.to_document()) == [*one.decision.to_document(), "joins", "severity"], "the clock is not published"


def test_an_alert_names_its_event_account_and_ring() -> None:
    one = Alert.of(alert_document(3, severity="high", joins=["bb"]))
    assert (one.event_id, one.account, one.labels, one.time_ms) == ("e3", alert_document(3)["entities"]["account"], (one.ring, "bb"), START)
    assert Alert.of(alert_document(entities={})).account is None


def test_a_severity_that_nobody_knows_counts_as_the_lowest() -> None:
    assert Alert.of(alert_document(severity="grave")).severity == SEVERITIES[0]


@pytest.mark.parametrize(
    ("outcome", "score", "severity"),
    [(INVESTIGATE, 0.99, "medium"), (BLOCK, 0.5, "high"), (BLOCK, 0.97, "high"), (BLOCK, 0.98, "critical")],
)
def test_severity(outcome: str, score: float, severity: str) -> None:
    decision = alert(decision=outcome, score=score).decision
    assert alert_severity(decision) == Alert.raised(decision, (), 0).severity == severity


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({field: None}, field) for field in ("event_id", "event_time", "event_type", "decision", "score", "ring")),
        ({"event_time": -1}, "event_time"),
        ({"event_time": 1 << 62}, "event_time"),
        ({"score": "high"}, "score"),
        ({"score": float("nan")}, "score"),
        ({"score": 7.0}, "score is not a number from 0 to 1"),
        ({"score": -0.1}, "score is not a number from 0 to 1"),
        ({"score": True}, "score is not a number from 0 to 1"),
        ({"decision": "nonsense"}, "decision is none of approve, investigate, block"),
        ({"decision": ["block"]}, "decision is none of approve, investigate, block"),
        ({"amount": float("inf")}, "amount"),
        ({"reasons": [{"code": "a", "weight": "b"}]}, "reasons.weight"),
        ({"reasons": [{"weight": 1}]}, "code"),
        ({"entities": {"device": "x@y.z"}}, "entities.device"),
        ({"entities": [1]}, "entities must be a mapping"),
        ({"joins": "ab"}, "joins"),
        ({"joins": [1]}, "joins"),
        ({"clock": "now"}, "clock"),
    ],
)
def test_what_does_not_hold_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Alert.of({**alert_document(), **changes})
