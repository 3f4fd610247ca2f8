"""From documents to a graph: who met whom, since when, and for how much money."""

from __future__ import annotations

import math

import pytest

from ops.desk.ring_picture.gather import graph_of
from ops.desk.ring_picture.graph import Graph, Node
from tests.support.incident_samples import START, alert_document, pseudonym
from tests.support.ring_samples import HOSTILE, ring_alerts, ring_revisions


def node(graph: Graph, kind: str, number: int) -> Node:
    return next(one for one in graph.nodes if one.name == f"{kind}:{pseudonym(number)}")


def test_entities_of_one_event_are_linked() -> None:
    graph = graph_of([], ring_alerts([(0, 0), (1, 0), (1, 0), (2, 1)]))
    device = node(graph, "device", 1000)
    assert (device.partners, device.alerts, device.is_shared) == (2, 3, True)
    assert not node(graph, "device", 1001).is_shared
    assert [link.alerts for link in graph.links if link.thing == device.name and link.account == f"account:{pseudonym(1)}"] == [2]


def test_a_node_has_the_gravest_decision_of_its_alerts() -> None:
    alerts = [*ring_alerts([(0, 0)], decision="block"), *(a | {"event_id": "x"} for a in ring_alerts([(1, 0)], decision="investigate"))]
    graph = graph_of([], alerts)
    assert node(graph, "device", 1000).decision == "block"
    assert node(graph, "account", 1).decision == "investigate"


def test_an_order_and_its_payment_count_once_and_refunds_count() -> None:
    kinds = ("order", "payment", "refund_request", "login")
    entities = {"account": pseudonym(1)}
    alerts = [
        alert_document(n, START + n, event_type=kind, amount=None if kind == "login" else 50.0, entities=entities)
        for n, kind in enumerate(kinds)
    ]
    assert node(graph_of([], alerts), "account", 1).money == (("EUR", 1_000_000),)


def test_currencies_are_summed_each_by_itself() -> None:
    alerts = [alert_document(n, amount=10.0 * (n + 1), currency=currency) for n, currency in enumerate(("EUR", "USD", "JPY"))]
    graph = graph_of([], [alert | {"entities": {"account": pseudonym(1)}} for alert in alerts])
    assert [currency for currency, _ in graph.nodes[0].money] == ["USD", "EUR", "JPY"]


def test_a_node_is_there_since_the_first_revision_that_lists_it() -> None:
    alerts = ring_alerts([(0, 0), (1, 0), (2, 0), (3, 1)])
    graph = graph_of(ring_revisions(alerts, (1, 3, 4)), alerts)
    assert [node(graph, "account", number).since for number in range(4)] == [1, 2, 2, 3]
    assert [link.since for link in graph.links if link.account == f"account:{pseudonym(2)}"] == [2]
    assert graph.revisions == (1, 2, 3)


def test_an_alert_that_came_late_is_of_the_revision_that_lists_its_account() -> None:
    alerts = ring_alerts([(0, 0), (1, 0), (2, 0)])
    revisions = ring_revisions([alerts[2], alerts[0], alerts[1]], (1, 3))
    assert node(graph_of(revisions, alerts), "account", 0).since == 2


def test_the_strongest_events_of_the_evidence_are_linked_where_alerts_are_gone() -> None:
    (revision,) = ring_revisions(ring_alerts([(0, 0)]), (1,))
    entities = {"account": pseudonym(0), "device": pseudonym(1000)}
    event = {
        "id": "e9",
        "time": "2026-01-05T10:00:00Z",
        "type": "order",
        "decision": "block",
        "amount": 7.5,
        "currency": "EUR",
        "entities": entities,
    }
    graph = graph_of([revision | {"evidence": {"strongest": [event]}}], [])
    assert len(graph.links) == 1
    assert node(graph, "account", 0).money == (("EUR", 75_000),)


def test_an_event_in_evidence_and_store_counts_once() -> None:
    alerts = ring_alerts([(0, 0)])
    (revision,) = ring_revisions(alerts, (1,))
    event = {"id": alerts[0]["event_id"], "time": "2026-01-05T10:00:00Z", "type": "order", "entities": alerts[0]["entities"]}
    assert node(graph_of([revision | {"evidence": {"strongest": [event]}}], alerts), "account", 0).alerts == 1


def test_participants_without_an_alert_are_nodes_and_the_unnamed_are_counted() -> None:
    (revision,) = ring_revisions(ring_alerts([(0, 0), (1, 0)]), (2,))
    revision["participants"]["account"] |= {"count": 700, "exact": False}
    graph = graph_of([revision], [])
    assert {one.decision for one in graph.nodes} == {""}
    assert graph.unnamed == {"account": 698}
    assert not graph.is_exact


def test_accounts_of_a_wave_are_its_named_events() -> None:
    events = [{"account": pseudonym(n), "event_id": f"e{n}", "time": START} for n in range(3)]
    graph = graph_of([{"revision": 1, "last_time": START, "participants": {}, "events": events}], [])
    assert [one.kind for one in graph.nodes] == ["account"] * 3


@pytest.mark.parametrize("odd", [None, "x", True, math.nan, math.inf, -1, [], {}, *HOSTILE])
def test_odd_values_are_no_failure(odd: object) -> None:
    alert = alert_document() | dict.fromkeys(("amount", "currency", "event_time", "decision", "event_type"), odd)
    revision = dict.fromkeys(("revision", "last_time", "participants", "evidence", "events"), odd)
    graph_of([revision], [alert, alert | {"entities": odd}])
