"""The index of decided events: the first decision of an event stays."""

from __future__ import annotations

import pytest

from ops.cases.decided_events import decided, decided_event, take_decisions
from ops.cases.store import Store
from tests.support.incident_samples import START, alert_document, pseudonym


def test_an_event_is_found_by_its_id_alone_and_with_its_account(store: Store) -> None:
    one, two = alert_document(1), alert_document(1, START + 5, entities={"account": pseudonym(9)}, event_type="login")
    nobody = alert_document(3, entities={}, ring=None, decision="approve")
    with store.begin() as session:
        take_decisions(session, [one, two, nobody])
    with store.read() as session:
        assert [row.account for row in decided(session, "e1")] == [pseudonym(9), pseudonym(2)]
        assert [row.pseudonyms for row in decided(session, "e1", "login")] == [{"account": pseudonym(9)}]
        assert decided(session, "e2") == []
        row = decided_event(session, "e3", None)
        assert row is not None
        assert (row.decision, row.score, row.time, row.decided_at) == ("approve", 0.75, START, START + 5)


@pytest.mark.parametrize("at_once", [True, False])
def test_the_first_decision_of_an_event_stays_whatever_the_order(store: Store, at_once: bool) -> None:
    first, later = alert_document(1, score=0.1), alert_document(1, score=0.9, decided_at=START + 99)
    for order in ([first, later], [later, first]):
        with store.begin() as session:
            for documents in [order] if at_once else [[document] for document in order]:
                take_decisions(session, documents)
        with store.read() as session:
            assert [row.score for row in decided(session, "e1")] == [0.1]
