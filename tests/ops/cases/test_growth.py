"""How an incident grew: its revisions, its alerts by hour, its accounts; and which case comes next."""

from __future__ import annotations

import pytest

from domain.times import HOUR_MS
from ops.cases.claims import claim
from ops.cases.growth import AccountSum, accounts_of, alerts_by_hour, revision_numbers, revisions_of
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.queue import case
from ops.cases.store import Store
from ops.cases.suggested import take_suggested
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document
from tests.support.incident_samples import START, alert_document, pseudonym

INCIDENT = f"inc-{1:016x}"


@pytest.mark.parametrize(("most", "wanted"), [(40, list(range(1, 12))), (11, list(range(1, 12))), (3, [1, 6, 11]), (2, [1, 11])])
def test_the_first_and_the_newest_revision_are_among_few(store: Store, most: int, wanted: list[int]) -> None:
    with store.begin() as session:
        for number in range(1, 12):
            take_incident(session, revision_document(1, revision=number), NOW, SETTINGS)
        assert list(revision_numbers(session, INCIDENT, most)) == wanted
        assert [one.document["revision"] for one in revisions_of(session, INCIDENT, wanted)] == wanted


def test_alerts_are_counted_by_hour_and_by_account(store: Store) -> None:
    times = (0, 1, HOUR_MS - 1, HOUR_MS, 5 * HOUR_MS)
    alerts = [
        alert_document(
            number, START + after, ring=f"{1:016x}", decision="block" if number == 1 else "investigate",
            entities={"account": pseudonym(number % 2)}, currency="EUR" if number < 4 else "USD",
        )
        for number, after in enumerate(times)
    ]  # fmt: skip
    with store.begin() as session:
        take_alerts(session, alerts)
        take_incident(session, revision_document(1, alerts), NOW, SETTINGS)
        hours = [((hour.at - START) // HOUR_MS, hour.alerts, hour.blocked) for hour in alerts_by_hour(session, INCIDENT)]
        assert hours == [(0, 3, 1), (1, 1, 0), (5, 1, 0)]
        assert sorted(accounts_of(session, INCIDENT, 9)) == sorted(
            [
                AccountSum(pseudonym(0), "EUR", 2, 0, 200.5),
                AccountSum(pseudonym(0), "USD", 1, 0, 100.25),
                AccountSum(pseudonym(1), "EUR", 2, 1, 200.5),
            ]
        )


def test_ones_own_case_comes_next_then_the_gravest_free_one(store: Store) -> None:
    mild, own, grave = (put_case(store, number, severity=severity) for number, severity in enumerate(("medium", "medium", "critical")))
    common = {"now": NOW, "settings": SETTINGS}
    with store.begin() as session:
        claim(session, own, by="anna", **common)
        assert [take_suggested(session, by=by, **common).id for by in ("anna", "ben", "cleo")] == [own, grave, mild]  # type: ignore[union-attr]
        assert take_suggested(session, by="dora", **common) is None
        assert case(session, grave).case.owner == "ben"
        later = {**common, "now": NOW + 9 * HOUR_MS}
        assert take_suggested(session, by="anna", **later).id == grave  # type: ignore[union-attr]
