"""The picture in words."""

from __future__ import annotations

from ops.desk.ring_picture.gather import graph_of
from ops.desk.ring_picture.graph import Graph
from ops.desk.ring_picture.words import sentences
from tests.support.incident_samples import pseudonym
from tests.support.ring_samples import ring_alerts, ring_revisions


def test_a_ring() -> None:
    alerts = ring_alerts([(account, account % 2 if account else 0) for account in range(7)] + [(7, 0), (8, 0)])
    alerts[0]["decision"] = "block"
    said = sentences(graph_of(ring_revisions(alerts, (3, 9)), alerts))
    assert said == (
        "9 accounts on 2 devices.",
        f"The device {pseudonym(1000)} is used by 6 of them (601.50 EUR).",
        f"The device {pseudonym(1001)} is used by 3 of them (300.75 EUR).",
        "No flagged event connects the 2 parts; an approved one or an IP address may.",
        "Accounts: 1 blocked, 8 to investigate.",
        "Revision 1 had 3 accounts.",
    )


def test_an_earlier_revision_tells_what_it_had() -> None:
    alerts = ring_alerts([(account, 0) for account in range(9)])
    assert sentences(graph_of(ring_revisions(alerts, (2, 9)), alerts), 1)[0] == "2 accounts on 1 device."


def test_both_and_all() -> None:
    assert "is used by both (" in sentences(graph_of([], ring_alerts([(0, 0), (1, 0)])))[1]
    assert "is used by all 3 (" in sentences(graph_of([], ring_alerts([(0, 0), (1, 0), (2, 0)])))[1]


def test_nothing_connects_them() -> None:
    assert "No flagged event connects them." in sentences(graph_of([], ring_alerts([(0, 0), (1, 1)])))


def test_the_unnamed_are_told() -> None:
    (revision,) = ring_revisions(ring_alerts([(0, 0)]), (1,))
    revision["participants"]["account"] |= {"count": 1200, "exact": False}
    assert sentences(graph_of([revision], []))[-1] == "At least 1,199 more accounts take part, unnamed."


def test_nothing_is_known() -> None:
    assert sentences(Graph()) == ("Nothing is known yet of who takes part.",)


def test_of_an_earlier_revision_neither_money_nor_decisions_are_told() -> None:
    alerts = ring_alerts([(0, 0), (1, 0), (2, 0)])
    said = sentences(graph_of(ring_revisions(alerts, (2, 3)), alerts), 1)
    of_now = (
        "Colours, sizes and decisions, and what a thing says when it is pointed at, are those of revision 2, not of then; "
        "sums beside accounts are left out."
    )
    assert said == ("2 accounts on 1 device.", f"The device {pseudonym(1000)} is used by both.", of_now)
    assert of_now not in sentences(graph_of(ring_revisions(alerts, (2, 3)), alerts), 2)
