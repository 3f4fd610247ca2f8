"""Entities, similar incidents, statistics and the audit by the API."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import text

from ops.cases.entities_of import entity_name
from tests.support.api_desk import Desk
from tests.support.case_samples import NOW, put_case
from tests.support.control_samples import PSEUDONYMS
from tests.support.incident_samples import pseudonym

DEVICE = entity_name("device", pseudonym(1_000_000))
SECRET = "device-4f2a-77c1-of-somebody"


def everything(desk: Desk) -> str:
    """Return all rows of all tables as text."""
    from ops.cases.tables import Table

    with desk.store.read() as session:
        return "\n".join(str(tuple(row)) for table in Table.metadata.sorted_tables for row in session.execute(table.select()))


def test_a_raw_value_is_hashed_here_audited_and_kept_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    answer = desk.call("anna", "POST", "/v1/entities/look-up", {"kind": "device", "value": SECRET, "reason": "they called"})
    name = entity_name("device", f"{PSEUDONYMS.of('device', SECRET):016x}")
    assert (answer.status_code, answer.json()["entity"], answer.json()["alerts"]) == (200, name, 0)
    [entry] = desk.get("/v1/audit", "ada")["items"]
    assert (entry["actor"], entry["action"], entry["entity"], entry["private"]) == (
        "anna",
        "entity.look_up",
        name,
        {"reason": "they called"},
    )
    said = "".join(capfd.readouterr())
    assert "somebody" not in everything(desk) + answer.text + caplog.text + said
    assert name.partition(":")[2] not in json.dumps([entry["details"], entry["subject"]]), "the chain holds no pseudonym"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "planet", "value": "x"}, "kind"),
        ({"kind": "device", "value": ""}, "value"),
        ({"kind": "device", "value": "x" * 513}, "value"),
        ({"kind": "address", "value": "n/a"}, "value"),
        ({"kind": "ip", "value": "999.1.1.1"}, "value"),
    ],
)
def test_what_identifies_nobody_is_refused_and_not_repeated(quick_desk: Desk, body: dict[str, str], field: str) -> None:
    answer = quick_desk.call("anna", "POST", "/v1/entities/look-up", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert len(body["value"]) < 2 or body["value"][:300] not in answer.text
    assert quick_desk.get("/v1/audit", "ada")["items"] == []


def test_an_entity_has_its_alerts_incidents_links_and_lists(desk: Desk) -> None:
    for number in range(3):
        put_case(desk.store, number, alerts=2)
    desk.call("lea", "PUT", "/v1/lists/L1", {"list": "block", "entity": DEVICE, "reason": "x"})
    found = desk.get(f"/v1/entities/{DEVICE}")
    assert (found["alerts"], found["incidents"], found["decisions"]) == (6, 3, {"investigate": 6})
    assert len(found["seen_with"]) == 6
    assert found["lists"] == [{"id": "L1", "list": "block", "state": "active", "status": "waiting"}]
    alerts = desk.items(f"/v1/entities/{DEVICE}/alerts", limit=2)
    assert len({one["id"] for one in alerts}) == len(alerts) == 6
    incidents = desk.items(f"/v1/entities/{DEVICE}/incidents", limit=2)
    assert sorted(one["incident"]["id"] for one in incidents) == [f"inc-{number:016x}" for number in range(3)]
    assert all(one["alerts"] == 2 for one in incidents)


@pytest.mark.parametrize("name", ["device", "device:", "device:9C41AA00BB11CC22", "device:9c41", "a'b:9c41aa00bb11cc22", f"{SECRET}"])
def test_a_raw_value_in_an_address_is_refused(quick_desk: Desk, name: str) -> None:
    assert quick_desk.call("vera", "GET", f"/v1/entities/{name}").status_code == 422


def test_incidents_that_share_entities_are_similar_with_what_they_turned_out_to_be(desk: Desk) -> None:
    for number in range(3):
        put_case(desk.store, number)
    desk.call("anna", "POST", "/v1/cases/case-0000000000000001/verdict", {"verdict": "fraud", "reason": "x"})
    items = desk.get("/v1/incidents/inc-0000000000000000/similar")["items"]
    found = {one["incident"]["id"]: (one["verdict"], one["shared"]) for one in items}
    assert found == {"inc-0000000000000001": ("fraud", [DEVICE]), "inc-0000000000000002": (None, [DEVICE])}
    assert len(desk.get("/v1/incidents/inc-0000000000000000/similar", limit=1)["items"]) == 1
    assert desk.call("vera", "GET", "/v1/incidents/inc-77/similar").status_code == 404


def test_statistics_count_the_queue_by_age_the_verdicts_and_the_alerts(desk: Desk) -> None:
    hour = 3_600_000
    desk.now = NOW + 100 * 24 * hour
    for number, age_h in enumerate((0, 2, 30, 24 * 8)):
        put_case(desk.store, number, at=desk.now - age_h * hour, severity="high")
    put_case(desk.store, 5, at=desk.now)
    put_case(desk.store, 6, at=desk.now)
    desk.call("anna", "POST", "/v1/cases/case-0000000000000005/verdict", {"verdict": "fraud", "reason": "x"})
    desk.call("anna", "POST", "/v1/cases/case-0000000000000006/verdict", {"verdict": "legitimate", "reason": "x"})
    found = desk.get("/v1/statistics", until=NOW + 10 * hour)
    high = next(one for one in found["queue"]["by_severity"] if one["severity"] == "high")
    assert high == {"severity": "high", "cases": 4, "overdue": 2, "under_1h": 1, "under_1d": 1, "under_1w": 1, "older": 1}
    assert (found["queue"]["open"], found["queue"]["overdue"]) == (4, 2)
    assert (found["verdicts"]["words"], found["verdicts"]["precision"]) == ({"fraud": 1, "legitimate": 1}, 0.5)
    assert sum(day["alerts"] for day in found["days"]) == 12
    assert desk.get("/v1/statistics")["days"] == [], "of the last 30 days there is none"


def test_statistics_of_an_empty_store(desk: Desk) -> None:
    found = desk.get("/v1/statistics")
    assert (found["queue"]["open"], found["verdicts"]["precision"], found["days"]) == (0, None, [])


def test_the_audit_is_read_by_filters_and_checked(desk: Desk) -> None:
    put_case(desk.store, 1)
    desk.call("anna", "POST", "/v1/cases/case-0000000000000001/claim")
    desk.call("anna", "POST", "/v1/cases/case-0000000000000001/comments", {"text": "hello"})
    desk.call("lea", "PUT", "/v1/switches/auto_block", {"on": False, "reason": "false alarms"})
    assert [one["action"] for one in desk.items("/v1/audit", "ada", limit=1)] == ["control.ask", "case.comment", "case.claim"]
    assert [one["action"] for one in desk.items("/v1/audit", "ada", actor="lea")] == ["control.ask"]
    assert len(desk.items("/v1/audit", "ada", subject="case:case-0000000000000001")) == 2
    assert desk.items("/v1/audit", "ada", action="case.comment")[0]["private"] == {"text": "hello"}
    check = desk.get("/v1/audit/verify", "ada")
    assert (check["holds"], check["problems"], check["head"].partition(":")[0]) == (True, [], "3")
    assert desk.get("/v1/audit/verify", "ada", head=check["head"])["holds"]
    assert not desk.get("/v1/audit/verify", "ada", head=f"3:{'0' * 64}")["holds"]


def test_a_changed_entry_of_the_audit_shows(desk: Desk) -> None:
    put_case(desk.store, 1)
    desk.call("anna", "POST", "/v1/cases/case-0000000000000001/claim")
    with desk.store.begin() as session:  # as somebody with the database's password does it
        if desk.store.is_sqlite:
            session.execute(text("DROP TRIGGER audit_no_update"))
        else:
            session.execute(text("DROP TRIGGER audit_frozen ON audit"))
        session.execute(text("UPDATE audit SET actor = 'ben'"))
    assert desk.get("/v1/audit/verify", "ada") == {
        "holds": False, "head": desk.get("/v1/audit/verify", "ada")["head"], "erased": 0, "problems": ["entry 1 was changed"],
    }  # fmt: skip
