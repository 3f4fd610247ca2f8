"""The evidence pack against sums over plain lists; severity and action by rule."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decisions.alert import SEVERITIES, Alert
from domain.features.event_columns import event_features
from domain.features.link_columns import link_features
from domain.features.row_layout import node_features
from domain.graph import ENTITY_FIELDS, GraphSettings
from domain.incidents.evidence import EVIDENCE_BYTES, number_text
from domain.incidents.money import money_text, to_units
from domain.incidents.participants import LISTED, Participants
from domain.incidents.reason_phrases import phrase_of
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.times import rfc3339
from tests.support.incident_samples import HOUR, START, alert, alerts, incident_of, pseudonym


def facts_of(incident: dict[str, Any]) -> dict[str, Any]:
    return {fact["name"]: fact["value"] for fact in incident["evidence"]["facts"]}


@settings(max_examples=80, deadline=None)
@given(st.lists(alerts(st.integers(START, START + 5 * HOUR)), min_size=1, max_size=30, unique_by=lambda a: a.event_id))
def test_facts_are_what_plain_lists_say(documents: list[Alert]) -> None:
    incident = incident_of(documents)
    facts, decisions = facts_of(incident), [one.decision for one in documents]
    assert facts["alerts"] == incident["alerts"] == len(documents)
    for event_type, count in Counter(d.event_type for d in decisions).items():
        assert facts[f"type_{event_type}"] == count
    for decision, count in Counter(d.outcome for d in decisions).items():
        assert facts[f"decision_{decision}"] == count
    paid = [d for d in decisions if d.event_type in ("order", "payment") and d.amount is not None]
    for currency, sum_ in incident["money_at_risk"].items():
        exact = sum(Decimal(d.amount) for d in paid if (d.currency or "XXX") == currency)
        assert sum_ == pytest.approx(float(exact), rel=1e-15, abs=1e-4 * len(paid))
    assert facts["first_time"] == rfc3339(min(d.time_ms for d in decisions))
    assert facts["last_time"] == rfc3339(max(d.time_ms for d in decisions))
    for kind in {kind for d in decisions for kind in d.entities}:
        counts = Counter(d.entities[kind] for d in decisions if kind in d.entities)
        assert facts[f"distinct_{kind}"] == len(counts)
        assert facts.get(f"shared_{kind}", 1) == max(counts.values())
    assert facts["score_max"] == pytest.approx(max(d.score for d in decisions), abs=1e-3)
    assert facts["score_mean"] == pytest.approx(sum(d.score for d in decisions) / len(documents), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(alerts(st.integers(START, START + HOUR)), min_size=1, max_size=30, unique_by=lambda a: a.event_id))
def test_the_strongest_events_come_in_order_and_the_pack_stays_small(documents: list[Alert]) -> None:
    evidence = incident_of(documents)["evidence"]
    assert len(json.dumps(evidence, separators=(",", ":"))) <= EVIDENCE_BYTES
    assert [fact["id"] for fact in evidence["facts"]] == [f"F{n}" for n in range(1, len(evidence["facts"]) + 1)]
    decisions = [one.decision for one in documents]
    ranked = sorted(decisions, key=lambda d: (-round(d.score, 4), -(d.amount or 0), d.time_ms, d.event_id))
    assert [event["id"] for event in evidence["strongest"]] == [d.event_id for d in ranked[: len(evidence["strongest"])]]


@pytest.mark.parametrize("comes_last", [0, 5, 10])
def test_an_event_without_room_ends_the_list_whatever_comes_after_it(comes_last: int) -> None:
    strong = [alert(n, START, event_id=f"e{n}", score=0.9, entities={}) for n in range(5)]
    large = [
        alert(9, START, event_id="\U00010000" * 128, score=0.5, entities={kind: pseudonym(n) for n, kind in enumerate("abcdefgh")})
    ] * 2
    large[1] = alert(9, START, event_id="\U00010001" * 128, score=0.4, entities={})
    weak = [alert(n, START, event_id=f"e{n}", score=0.1, entities={}) for n in (20, 21, 22)]
    documents = [*strong, *large, *weak]
    rotated = documents[comes_last:] + documents[:comes_last]
    found = [event["id"][:1] for event in incident_of(rotated)["evidence"]["strongest"]]
    assert found == ["e"] * 5 + ["\U00010000"]


def test_ten_events_with_uuids_and_three_entities_fit() -> None:
    entities = {"device": pseudonym(1_000_000), "address": pseudonym(5)}
    documents = [
        alert(
            n,
            START + n * 1000,
            event_id=f"{n:08x}-0000-4000-8000-000000000000",
            score=0.9812 - n / 1e4,
            entities={"account": pseudonym(n + 1), **entities},
        )
        for n in range(40)
    ]
    assert len(incident_of(documents)["evidence"]["strongest"]) == 10


def test_a_pack_with_everything_at_its_bound_stays_small() -> None:
    rng = random.Random(3)
    kinds = ("account", "device", "address", "merchant", "ip", "email", "payment")
    documents = [
        alert(
            n,
            START + n,
            event_id=chr(0x4E00 + n) * 128,
            event_type=("signup", "login", "order", "payment", "refund_request", "account_change")[n % 6],
            decision=("block", "investigate")[n % 2],
            amount=rng.random() * 1e12,
            currency=("EUR", "USD", "GBP", "KWD", "JPY")[n % 5],
            reasons=[{"code": f"{n % 30}{'x' * 60}", "text": "t" * 500, "weight": rng.random() * 1e6}],
            entities={kind: pseudonym(rng.randrange(300)) for kind in kinds},
        )
        for n in range(600)
    ]
    evidence = incident_of(documents)["evidence"]
    assert len(json.dumps(evidence, separators=(",", ":"))) <= EVIDENCE_BYTES
    assert evidence["strongest"]
    assert incident_of(documents)["evidence"] == evidence
    for ring in ("00000000000000aa", "unconnected-20458"):
        session = IncidentSession.open(ring, IncidentSettings())
        session.on_alert(documents[0])
        for _ in range(200):
            session.on_absorbing(0)
        for document in documents[1:]:
            session.on_alert(document)
        assert len(session.to_bytes()) <= 37_000
        closed = session.on_deadline(START + 3000 * HOUR)[-1].to_document()
        assert len(json.dumps(closed["evidence"], separators=(",", ":"))) <= EVIDENCE_BYTES
    assert "t" * 20 not in json.dumps(evidence), "a reason's text is prose and stays out"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 12)), max_size=80), st.integers(1, 6), st.integers(6, 12))
def test_members_are_exact_or_lower_bounds(adds: list[tuple[str, int]], per_kind: int, total: int) -> None:
    members, exact = Participants(per_kind, total), Counter(adds)
    most = 0
    for kind, number in adds:
        members.add(kind, number)
        assert members.distinct("a") >= most
        most = members.distinct("a")
    for kind in members.kinds():
        counts = {number: count for (name, number), count in exact.items() if name == kind}
        shared, count = members.most_shared(kind)
        if members.is_exact(kind):
            assert (members.distinct(kind), count) == (len(counts), max(counts.values()))
            assert shared == min(number for number in counts if counts[number] == count)
        else:
            assert members.distinct(kind) <= len(counts)
            assert count <= counts[shared]
    assert len(members.pack()) <= 12 * total
    for kind, of_kind in members.to_document().items():
        table = Counter({f"{number:016x}": count for (name, number), count in exact.items() if name == kind})
        assert (of_kind["count"], of_kind["exact"]) == (members.distinct(kind), members.is_exact(kind))
        assert set(of_kind["pseudonyms"]) <= set(table)
        if of_kind["exact"]:
            assert of_kind["pseudonyms"] == sorted(table, key=lambda pseudonym: (-table[pseudonym], pseudonym))


def test_participants_are_listed_accounts_first_then_what_they_share() -> None:
    members = Participants(400, 2000)
    for number in range(300):
        for kind, accounts in (("address", 1), ("account", 1), ("device", 60)):
            members.add(kind, number // accounts)
    document = members.to_document()
    assert [(kind, of_kind["count"], len(of_kind["pseudonyms"])) for kind, of_kind in document.items()] == [
        ("account", 300, 300), ("device", 5, 5), ("address", 300, 195),
    ]  # fmt: skip
    assert sum(len(of_kind["pseudonyms"]) for of_kind in document.values()) == LISTED


def test_no_text_for_people_holds_a_weight_and_the_models_codes_are_words() -> None:
    reasons = [{"code": code, "text": "", "weight": 1.75} for code in ("DEVICE_VELOCITY", "EVENT_ACCOUNT_AGE", "MANY_CARDS")]
    facts = {fact["name"]: fact for fact in incident_of([alert(n, START + n, reasons=reasons) for n in range(2)])["evidence"]["facts"]}
    assert {name: fact["text"] for name, fact in facts.items() if name.startswith("reason_")} == {
        "reason_DEVICE_VELOCITY": "in both alerts a main reason is how many events the device has had lately",
        "reason_EVENT_ACCOUNT_AGE": "in both alerts a main reason is the age of the account",
        "reason_MANY_CARDS": "in both alerts reason MANY_CARDS is given",
    }
    assert facts["reason_DEVICE_VELOCITY"]["value"] == 3.5, "for code"


def test_every_reason_of_the_model_has_words() -> None:
    graph = GraphSettings(entities=tuple(ENTITY_FIELDS), numeric_attributes=("items",))
    positions = range(len(graph.entities))
    features = [event_features(graph), *(of(graph, n) for n in positions for of in (node_features, link_features))]
    codes = {feature.group.upper().replace(".", "_") for group in features for feature in group}
    assert {code for code in codes if phrase_of(code).startswith("reason ")} == set()


def incident(count: int, accounts: int = 1, **changes: Any) -> dict[str, Any]:
    entities = [{"account": pseudonym(n % accounts)} for n in range(count)]
    return incident_of([alert(n, START + n, entities=entities[n], **changes) for n in range(count)])


@pytest.mark.parametrize(
    ("document", "severity", "action"),
    [
        (incident(1, severity="low", amount=10.0), "low", "monitor"),
        (incident(1, severity="low", amount=10.0, decision="block"), "low", "verify"),
        (incident(3, severity="low", amount=10.0, decision="block"), "low", "block"),
        (incident(1, severity="medium", amount=10.0), "medium", "verify"),
        (incident(1, severity="high", amount=10.0), "high", "escalate"),
        (incident(5, accounts=5, severity="low", amount=10.0), "medium", "verify"),
        (incident(5, accounts=4, severity="low", amount=10.0), "low", "monitor"),
        (incident(1, severity="low", amount=5000.0), "medium", "verify"),
        (incident(1, severity="low", amount=5000.0, currency="JPY"), "low", "monitor"),
        (incident(1, severity="low", amount=5000.0, event_type="refund_request"), "medium", "verify"),
        (incident(6, accounts=6, severity="medium", amount=5000.0), "critical", "escalate"),
        (incident(6, accounts=6, severity="critical", amount=5000.0, decision="block"), "critical", "block"),
    ],
)
def test_severity_and_action_follow_the_rule(document: dict[str, Any], severity: str, action: str) -> None:
    assert (document["severity"], document["action"]) == (severity, action)


@pytest.mark.parametrize(("others", "action"), [(3, "block"), (4, "verify")])
def test_a_block_needs_half_of_the_alerts_blocked(others: int, action: str) -> None:
    decisions = ["block"] * 3 + ["investigate"] * others
    same = {"severity": "low", "amount": 1.0, "entities": {}}
    documents = [alert(n, START + n, decision=decision, **same) for n, decision in enumerate(decisions)]
    assert incident_of(documents)["action"] == action


@settings(max_examples=40, deadline=None)
@given(st.lists(alerts(st.integers(START, START + HOUR)), min_size=2, max_size=12, unique_by=lambda a: a.event_id))
def test_severity_never_falls_while_an_incident_grows(documents: list[Alert]) -> None:
    ranks = [SEVERITIES.index(incident_of(documents[:n])["severity"]) for n in range(1, len(documents) + 1)]
    assert ranks == sorted(ranks)


def test_money_counts_orders_and_payments_and_refunds_apart() -> None:
    kinds = [("order", 0.1), ("payment", 0.2), ("refund_request", 5.0), ("login", 9.0), ("order", None)]
    document = incident_of([alert(n, START, event_type=kind, amount=amount) for n, (kind, amount) in enumerate(kinds)])
    assert document["money_at_risk"] == {"EUR": 0.3}
    assert facts_of(document)["refunds_EUR"] == 5.0


def test_values_are_written_for_people() -> None:
    assert [number_text(n) for n in (0.75, 12.0, 1_234_567.0, 0.0)] == ["0.75", "12", "1234567", "0"]
    assert to_units(900_719_925_474.9375) == 9_007_199_254_749_375
    amounts = [(1234.5, "EUR"), (1500.0, "JPY"), (0.125, "KWD"), (2.0, "XXX")]
    assert [money_text(to_units(a), c) for a, c in amounts] == ["1,234.50 EUR", "1,500 JPY", "0.125 KWD", "2.00 XXX"]
