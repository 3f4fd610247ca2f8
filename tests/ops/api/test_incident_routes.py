"""Incidents and alerts by the API: every filter, every order, pages that are whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_desk import Desk
from tests.support.case_samples import put_case
from tests.support.incident_samples import START

HOUR = 3_600_000
SEVERITIES = ("low", "medium", "high", "critical")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Eight incidents that differ in everything that a list can be filtered by."""
    for number in range(8):
        put_case(
            desk.store,
            number,
            severity=SEVERITIES[number % 4],
            action=("monitor", "verify", "escalate", "block")[number % 4],
            status=("opened", "grown", "closed")[number % 3],
            pattern="device farm" if number % 2 else "refund abuse",
            headline=f"Linked accounts {number}: 100 % of x_y",
            money_at_risk={"EUR": 100.0 * (number % 5)},
            first_time=START + number * HOUR,
            told_at=START + (7 - number) * HOUR,
        )
    return desk


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [int(row["id"].removeprefix("inc-"), 16) for row in rows]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2, 3, 4, 5, 6, 7]),
    ({"severity": "high"}, [2, 6]),
    ({"status": "closed"}, [2, 5]),
    ({"action": "block"}, [3, 7]),
    ({"pattern": "device farm"}, [1, 3, 5, 7]),
    ({"kind": "ring", "severity": "low", "status": "opened"}, [0]),
    ({"opened_from": START + 3 * HOUR, "opened_before": START + 5 * HOUR}, [3, 4]),
    ({"text": "ACCOUNTS 5"}, [5]),
    ({"text": "inc-0000000000000006"}, [6]),
    ({"text": "100 %"}, [0, 1, 2, 3, 4, 5, 6, 7]),
    ({"text": "x_y"}, [0, 1, 2, 3, 4, 5, 6, 7]),
    ({"text": "x%y"}, []),
    ({"text": "' OR 1=1 --"}, []),
    ({"owner": "anna"}, [1, 2]),
    ({"owner": "anna", "case": "claimed", "severity": "high"}, [2]),
    ({"case": "open"}, [3, 5, 6, 7]),
]


def test_incidents_are_filtered_in_every_order(shop: Desk) -> None:
    for number in (1, 2):
        assert shop.call("anna", "POST", f"/v1/cases/case-{number:016x}/claim").status_code == 200
    for params, wanted in FILTERS:
        for sort in ("updated", "opened"):
            assert sorted(numbers(shop.items("/v1/incidents", limit=3, sort=sort, **params))) == wanted, (params, sort)


def test_the_first_is_the_largest(shop: Desk) -> None:
    firsts = {"updated": 0, "opened": 7, "severity": 7, "money": 4}
    for sort, first in firsts.items():
        assert numbers(shop.items("/v1/incidents", sort=sort))[0] == first, sort
    assert numbers(shop.items("/v1/incidents", sort="opened")) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_every_order_is_the_same_in_pages_and_as_a_whole(shop: Desk) -> None:
    for sort in ("updated", "opened", "severity", "money", "score", "alerts"):
        whole = numbers(shop.items("/v1/incidents", limit=200, sort=sort))
        assert numbers(shop.items("/v1/incidents", limit=3, sort=sort)) == whole
        assert sorted(whole) == list(range(8))


def test_my_own_are_those_that_i_claimed(shop: Desk) -> None:
    shop.call("anna", "POST", "/v1/cases/case-0000000000000001/claim")
    assert numbers(shop.items("/v1/incidents", "anna", owner="me")) == [1]
    assert numbers(shop.items("/v1/incidents", "ben", owner="me")) == []


def test_an_incident_has_its_document_its_revisions_its_alerts_and_its_case(shop: Desk) -> None:
    found = shop.get("/v1/incidents/inc-0000000000000003")
    assert (found["document"]["headline"], found["severity"], found["case"]["status"]) == (found["headline"], "critical", "open")
    assert shop.get("/v1/incidents/inc-0000000000000000")["case"] is None, "it is too mild"
    [revision] = shop.items("/v1/incidents/inc-0000000000000003/revisions")
    assert revision == shop.get("/v1/incidents/inc-0000000000000003/revisions/1")
    alerts = shop.items("/v1/incidents/inc-0000000000000003/alerts", limit=1)
    assert [one["event_id"] for one in alerts] == ["e3001", "e3000"]
    detail = shop.get(f"/v1/alerts/{alerts[0]['id']}")
    assert (detail["document"]["event_id"], detail["incident_id"]) == ("e3001", "inc-0000000000000003")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/incidents/inc-77",
        "/v1/incidents/inc-77/revisions",
        "/v1/incidents/inc-77/alerts",
        "/v1/incidents/inc-0000000000000003/revisions/9",
        f"/v1/alerts/{'0' * 32}",
        "/v1/cases/case-77",
        "/v1/cases/case-77/comments",
        "/v1/cases/case-77/verdicts",
    ],
)
def test_what_is_not_there_is_404(quick_desk: Desk, path: str) -> None:
    answer = quick_desk.call("vera", "GET", path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/v1/incidents", {"severity": "hihg"}, "severity"),
        ("/v1/incidents", {"sort": "newest"}, "sort"),
        ("/v1/incidents", {"opened_from": -1}, "opened_from"),
        ("/v1/incidents", {"opened_from": 10**18}, "opened_from"),
        ("/v1/incidents", {"text": "\0\0"}, "text"),
        ("/v1/incidents", {"owner": "a'b"}, "owner"),
        ("/v1/incidents", {"limit": 201}, "limit"),
        ("/v1/alerts", {"event_type": "payments"}, "event_type"),
        ("/v1/alerts", {"decision": "deny"}, "decision"),
        ("/v1/alerts", {"cursor": "WyJpbmNpZGVudHMgdXBkYXRlZCIsMSwieCJd"}, "cursor"),
        ("/v1/cases", {"state": "gone"}, "state"),
        ("/v1/cases", {"sort": "money"}, "sort"),
    ],
)
def test_a_wrong_filter_names_its_field(quick_desk: Desk, path: str, params: dict[str, Any], field: str) -> None:
    answer = quick_desk.call("vera", "GET", path, params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_alerts_are_filtered(shop: Desk) -> None:
    assert len(shop.items("/v1/alerts", limit=3)) == 16
    assert len(shop.items("/v1/alerts", decision="investigate", event_type="order", severity="medium")) == 16
    assert shop.items("/v1/alerts", decision="block") == []
    times = [one["time"] for one in shop.items("/v1/alerts", limit=5)]
    assert times == sorted(times, reverse=True)
    assert all(one["time"] >= times[3] for one in shop.items("/v1/alerts", since=times[3]))
    assert all(one["time"] < times[3] for one in shop.items("/v1/alerts", until=times[3]))
