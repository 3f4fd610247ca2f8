"""Rules, lists, switches and models by the API: who asked, the next version, and the second person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ops.cases import outbox
from ops.cases.control_answers import note_applied
from ops.cases.store import Store
from ops.cases.tables import AuditEntry, AuditSubject, Outgoing
from tests.support.api_desk import Desk

WHEN = {"all": [{"field": "event_type", "is": "signup"}]}
RULE = {"when": WHEN, "decision": "investigate", "text": "a sign-up", "reason": "sign-up wave"}
DEVICE = "device:9c41aa00bb11cc22"


def sent(desk: Desk) -> list[dict[str, Any]]:
    with desk.store.read() as session:
        return [row.document for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


def audited(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.store.read() as session:
        return [(row.actor, row.action, row.subject) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]


def test_a_rule_is_sent_in_the_name_of_who_asks(desk: Desk) -> None:
    answer = desk.call("lea", "PUT", "/v1/rules/R7", RULE)
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "waiting", 1)
    assert [(one["id"], one["by"], one["reason"], one["version"]) for one in sent(desk)] == [("R7", "lea", "sign-up wave", 1)]
    assert audited(desk) == [("lea", "control.ask", "rule:R7")]
    assert desk.get("/v1/rules/R7")["record"]["when"] == WHEN
    assert desk.get(f"/v1/changes/{answer.json()['id']}")["by"] == "lea"


def test_an_author_cannot_be_claimed(quick_desk: Desk) -> None:
    for field, value in (("by", "ada"), ("version", 99), ("control", "switch"), ("id", "R8")):
        answer = quick_desk.call("lea", "PUT", "/v1/rules/R7", {**RULE, field: value})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_what_the_job_would_refuse_names_the_field(desk: Desk) -> None:
    answer = desk.call("lea", "PUT", "/v1/rules/R7", {**RULE, "when": {"feature": "device.acounts_1h", "at_least": 8}})
    assert (answer.status_code, answer.json()["field"]) == (422, "when.feature")
    assert "did you mean device.accounts_1h?" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert (sent(desk), audited(desk)) == ([], [])


@pytest.mark.parametrize("name", ["blok", "alow", "blcok"])
def test_a_list_whose_name_is_a_slip_is_refused(quick_desk: Desk, name: str) -> None:
    answer = quick_desk.call("lea", "PUT", "/v1/lists/L1", {"list": name, "raw": "device:x", "reason": "chargebacks"})
    assert (answer.status_code, answer.json()["field"]) == (422, "list")
    assert "did you mean" in answer.json()["detail"]


@pytest.mark.parametrize("on", ["false", "off", 0, 1.0])
def test_a_switch_takes_true_and_false_only(quick_desk: Desk, on: Any) -> None:
    answer = quick_desk.call("lea", "PUT", "/v1/switches/auto_block", {"on": on, "reason": "false alarms"})
    assert (answer.status_code, answer.json()["field"]) == (422, "on")


def test_a_rule_is_paused_with_its_content(desk: Desk) -> None:
    desk.call("lea", "PUT", "/v1/rules/R7", RULE)
    answer = desk.call("leo", "POST", "/v1/rules/R7/state", {"state": "paused", "reason": "false alarms"})
    assert (answer.json()["version"], answer.json()["record"]["text"], answer.json()["by"]) == (2, "a sign-up", "leo")
    assert desk.call("leo", "POST", "/v1/rules/R8/state", {"state": "paused", "reason": "x"}).status_code == 404


def test_an_entry_of_the_block_list_is_hashed_here_and_its_identifier_kept_nowhere(desk: Desk) -> None:
    body = {"list": "block", "raw": "device:secret-77c1", "reason": "chargebacks"}
    answer = desk.call("lea", "PUT", "/v1/lists/L1", body)
    assert answer.json()["record"]["entity"] == f"device:{desk.service.pseudonyms.of('device', 'secret-77c1'):016x}"  # type: ignore[union-attr]
    with desk.store.read() as session:
        rows = [row.text for row in session.scalars(select(AuditSubject))]
    assert "77c1" not in json.dumps([answer.json(), sent(desk), rows])


def test_an_allow_list_takes_two_people(desk: Desk) -> None:
    body = {"list": "allow", "entity": DEVICE, "reason": "our own test shop"}
    answer = desk.call("lea", "PUT", "/v1/lists/L1", body)
    change = answer.json()["id"]
    assert (answer.status_code, answer.json()["status"], answer.json()["version"], sent(desk)) == (202, "proposed", None, [])
    assert [one["id"] for one in desk.items("/v1/changes", status="proposed")] == [change]
    for who, status in (("lea", 403), ("robot", 403), ("anna", 403), ("shop", 403), ("nobody", 401)):
        assert desk.call(who, "POST", f"/v1/changes/{change}/approve").status_code == status, who
    assert sent(desk) == []
    approved = desk.call("leo", "POST", f"/v1/changes/{change}/approve").json()
    assert (approved["status"], approved["version"], approved["by"], approved["approved_by"]) == ("waiting", 1, "lea", "leo")
    assert [(one["by"], one["list"]) for one in sent(desk)] == [("lea", "allow")]
    assert desk.call("leo", "POST", f"/v1/changes/{change}/approve").status_code == 409
    assert audited(desk) == [("lea", "control.propose", "list:L1"), ("leo", "control.approve", "list:L1")]


def test_a_proposal_can_be_turned_down_and_then_not_approved(desk: Desk) -> None:
    change = desk.call("lea", "PUT", "/v1/lists/L1", {"list": "allow", "entity": DEVICE, "reason": "x"}).json()["id"]
    answer = desk.call("leo", "POST", f"/v1/changes/{change}/withdraw", {"reason": "it is no shop of ours"})
    assert (answer.json()["status"], answer.json()["why_refused"]) == ("withdrawn", "it is no shop of ours")
    assert desk.call("leo", "POST", f"/v1/changes/{change}/approve").status_code == 409
    assert sent(desk) == []


def test_a_paused_entry_of_the_allow_list_comes_back_by_two_people_only(desk: Desk) -> None:
    change = desk.call("lea", "PUT", "/v1/lists/L1", {"list": "allow", "entity": DEVICE, "reason": "x"}).json()["id"]
    desk.call("leo", "POST", f"/v1/changes/{change}/approve")
    assert desk.call("lea", "POST", "/v1/lists/L1/state", {"state": "paused", "reason": "x"}).status_code == 200
    again = desk.call("lea", "POST", "/v1/lists/L1/state", {"state": "active", "reason": "x"})
    assert (again.status_code, again.json()["record"]["entity"]) == (202, DEVICE)


def test_a_switch_is_on_until_it_is_turned(desk: Desk) -> None:
    assert {one["name"]: one["on"] for one in desk.get("/v1/switches")["items"]} == dict.fromkeys(
        ("auto_block", "rules", "lists", "shadow"), True
    )
    assert desk.call("lea", "PUT", "/v1/switches/auto_block", {"on": False, "reason": "false alarms"}).status_code == 200
    [coming] = [one["coming"] for one in desk.get("/v1/switches")["items"] if one["coming"]]
    assert (coming["record_id"], coming["by"], desk.get("/v1/switches")["items"][0]["on"]) == ("auto_block", "lea", True)
    with desk.store.begin() as session:
        note_applied(session, {"control": "switch", "id": "auto_block", "version": 1, "record": coming["record"], "at": desk.now + 9})
    desk.call("lea", "PUT", "/v1/switches/auto_block", {"on": True, "reason": "mended"})
    found = {one["name"]: one for one in desk.get("/v1/switches")["items"]}["auto_block"]
    assert (found["on"], found["change"]["by"], found["coming"]["version"], found["coming"]["status"]) == (False, "lea", 2, "waiting")
    assert desk.call("lea", "PUT", "/v1/switches/auto_blok", {"on": False, "reason": "x"}).status_code == 422


def test_a_change_is_sent_once_it_is_in_its_stream(desk: Desk) -> None:
    number = desk.call("lea", "PUT", "/v1/switches/auto_block", {"on": False, "reason": "false alarms"}).json()["id"]
    asked = desk.call("lea", "PUT", "/v1/rules/R7", RULE).json()["id"]
    desk.call("lea", "PUT", "/v1/lists/L1", {"list": "block", "entity": DEVICE, "reason": "x"})
    assert desk.get("/v1/switches")["items"][0]["coming"]["status"] == "waiting"
    with desk.store.begin() as session:
        outbox.mark_failed(session, [row.id for row in outbox.take_due(session, desk.now)], "away", desk.now, desk.now + 9)
    assert [one["status"] for one in desk.items("/v1/changes")] == ["waiting"] * 3
    with desk.store.begin() as session:
        outbox.mark_sent(session, [row.id for row in outbox.take_due(session, desk.now + 9, limit=2)], desk.now + 9)
    assert desk.get("/v1/switches")["items"][0]["coming"]["status"] == "sent"
    assert [one["id"] for one in desk.items("/v1/changes", status="sent")] == [asked, number]
    assert [one["record_id"] for one in desk.items("/v1/changes", status="waiting")] == ["L1"]
    assert desk.get(f"/v1/entities/{DEVICE}")["lists"][0]["status"] == desk.get("/v1/lists/L1")["status"] == "waiting"
    assert (desk.get("/v1/rules/R7")["status"], desk.items("/v1/rules")[0]["status"]) == ("sent", "sent")


def test_a_model_is_changed_by_an_admin(store: Store, tmp_path: Path) -> None:
    desk, path = Desk(store, control_files=(str(tmp_path),)), str(tmp_path / "models/b")
    assert desk.get("/v1/models") == {"model": None, "shadow_model": None}
    body = {"kind": "shadow_model", "path": path, "reason": "trained on November"}
    assert desk.call("lea", "POST", "/v1/models", body).status_code == 403
    assert desk.call("ada", "POST", "/v1/models", body).json()["version"] == 1
    assert desk.call("ada", "POST", "/v1/models", {**body, "kind": "model"}).json()["record"]["path"] == path
    assert desk.get("/v1/models")["shadow_model"]["by"] == "ada"
    assert desk.call("ada", "POST", "/v1/models", {"kind": "model", "reason": "x"}).json()["field"] == "path"


def test_what_the_job_applied_is_shown(desk: Desk) -> None:
    record = desk.call("lea", "PUT", "/v1/rules/R7", RULE).json()["record"]
    with desk.store.begin() as session:
        note_applied(session, {"control": "rule", "id": "R7", "version": 1, "state": "active", "record": record, "at": desk.now + 9})
    assert (desk.get("/v1/rules/R7")["status"], desk.get("/v1/rules/R7")["applied_at"]) == ("applied", desk.now + 9)


def test_pages_hold_each_record_once(desk: Desk) -> None:
    for number in range(7):
        desk.call("lea", "PUT", f"/v1/rules/R{number}", RULE)
        desk.call("lea", "PUT", f"/v1/lists/L{number}", {"list": "block", "entity": DEVICE, "reason": "x"})
    assert [one["record_id"] for one in desk.items("/v1/rules", limit=3)] == [f"R{number}" for number in range(7)]
    assert [one["record_id"] for one in desk.items("/v1/lists", limit=2, list="block")] == [f"L{number}" for number in range(7)]
    numbers = [one["id"] for one in desk.items("/v1/changes", limit=4)]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 14
    assert len(desk.items("/v1/changes", kind="rule", record_id="R3")) == 1


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "W10", "WyJjaGFuZ2VzIiwgIngiXQ", "WyJydWxlIiwxXQ", "WyJydWxlIiwiXHUwMDAwIl0", "'; DROP TABLE", "é"]
)
def test_a_cursor_of_another_list_is_refused(quick_desk: Desk, cursor: str) -> None:
    answer = quick_desk.call("vera", "GET", "/v1/rules", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("params", "field"),
    [({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"state": "activ"}, "state"), ({"cursor": "x" * 3000}, "cursor")],
)
def test_a_wrong_filter_names_itself(quick_desk: Desk, params: dict[str, Any], field: str) -> None:
    answer = quick_desk.call("vera", "GET", "/v1/rules", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("record_id", ["a'b", "x;DROP TABLE rules", "%00", "ä", "a" * 65, "a b"])
def test_an_id_that_no_record_can_have_is_refused(quick_desk: Desk, record_id: str) -> None:
    assert quick_desk.call("lea", "PUT", f"/v1/rules/{record_id}", RULE).status_code in (400, 422)
    assert sent(quick_desk) == []


def test_without_the_settings_of_the_job_nothing_is_sent(quick_desk: Desk) -> None:
    quick_desk.service.control = None
    assert quick_desk.call("lea", "PUT", "/v1/rules/R7", RULE).status_code == 503


@pytest.mark.parametrize("change", [0, -1, 2**53, 2**64, "x"])
def test_a_number_that_no_change_can_have_is_refused(quick_desk: Desk, change: Any) -> None:
    assert quick_desk.call("vera", "GET", f"/v1/changes/{change}").status_code == 422
    assert quick_desk.call("vera", "GET", "/v1/changes/4711").status_code == 404
