"""Cases by the API: one owner, no lost update, verdicts that wait, and acts on many."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.outbox import take_due
from ops.cases.tables import AuditEntry, Outgoing, User
from tests.support.api_desk import Desk
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document, some_alerts
from tests.support.incident_samples import START

FRAUD = {"verdict": "fraud", "reason": "same courier"}
LEGITIMATE = {"verdict": "legitimate", "reason": "a load test"}


def case(number: int) -> str:
    return f"/v1/cases/case-{number:016x}"


def labels(desk: Desk, state: str = "pending") -> list[dict[str, Any]]:
    with desk.store.read() as session:
        return [row.document for row in session.scalars(select(Outgoing).where(Outgoing.state == state).order_by(Outgoing.id))]


def actions(desk: Desk) -> list[tuple[str, str]]:
    with desk.store.read() as session:
        return [(row.actor, row.action) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]


def blocked(desk: Desk, number: int, alerts: int = 3) -> None:
    """Put an incident whose alerts are all blocks."""
    documents = some_alerts(alerts, f"{number:016x}", 1000 * number, decision="block", severity="high", score=0.97)
    with desk.store.begin() as session:
        take_alerts(session, documents)
        take_incident(session, revision_document(number, documents, severity="high"), NOW, SETTINGS)


def test_a_look_claims_nothing_and_a_claim_is_one_persons(desk: Desk) -> None:
    put_case(desk.store, 1)
    assert desk.get(case(1))["status"] == "open"
    claimed = desk.call("anna", "POST", f"{case(1)}/claim")
    assert (claimed.status_code, claimed.json()["owner"], claimed.headers["etag"]) == (200, "anna", '"2"')
    late = desk.call("ben", "POST", f"{case(1)}/claim")
    assert (late.status_code, "anna has case" in late.json()["detail"]) == (409, True)
    assert desk.call("ben", "POST", f"{case(1)}/release").status_code == 409
    assert desk.call("lea", "POST", f"{case(1)}/release").json()["owner"] is None
    assert actions(desk) == [("anna", "case.claim"), ("lea", "case.release")]


def test_of_many_who_claim_at_once_one_has_it_and_next_gives_each_another(desk: Desk) -> None:
    for number in range(1, 7):
        put_case(desk.store, number, severity="high" if number == 4 else "medium")
    names = ["anna", "ben", "lea", "leo"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda who: desk.call(who, "POST", f"{case(1)}/claim").status_code, names))
        assert sorted(found) == [200, 409, 409, 409]
        given = list(pool.map(lambda who: desk.call(who, "POST", "/v1/cases/next").json()["id"], names))
    assert len(set(given)) == 4 and "case-0000000000000004" in given


def test_the_next_of_an_empty_queue_is_nothing(desk: Desk) -> None:
    put_case(desk.store, 1)
    assert desk.call("anna", "POST", "/v1/cases/next", params={"severity": "critical"}).status_code == 204
    assert desk.call("anna", "POST", "/v1/cases/next").json()["owner"] == "anna"
    answer = desk.call("ben", "POST", "/v1/cases/next")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_change_of_what_was_changed_since_is_refused(desk: Desk) -> None:
    put_case(desk.store, 1)
    seen = desk.call("vera", "GET", case(1)).headers["etag"]
    assert desk.call("anna", "POST", f"{case(1)}/due", {"due_at": START}, headers={"If-Match": seen}).status_code == 200
    for path, body in (("due", {"due_at": 1}), ("claim", None), ("status", {"status": "closed", "reason": "x"}), ("verdict", FRAUD)):
        answer = desk.call("anna", "POST", f"{case(1)}/{path}", body, headers={"If-Match": seen})
        assert (answer.status_code, "read it again" in answer.json()["detail"]) == (409, True), path
    assert desk.call("anna", "POST", f"{case(1)}/due", {"due_at": 1}, headers={"If-Match": "3"}).status_code == 422
    assert (desk.get(case(1))["due_at"], labels(desk)) == (START, [])


def test_a_case_is_assigned_to_those_who_work_on_cases(desk: Desk) -> None:
    put_case(desk.store, 1)
    with desk.store.begin() as session:
        for name, role, gone in (("ben", "analyst", None), ("vera", "viewer", None), ("old", "lead", 5)):
            session.add(User(name=name, role=role, created_at=1, disabled_at=gone, version=1))
    for owner in ("vera", "old", "nobody"):
        answer = desk.call("lea", "POST", f"{case(1)}/assign", {"owner": owner})
        assert (answer.status_code, answer.json()["field"]) == (422, "owner")
    assert desk.call("lea", "POST", f"{case(1)}/assign", {"owner": "ben"}).json()["owner"] == "ben"


def test_a_verdict_closes_the_case_and_its_labels_wait_until_it_can_no_longer_be_undone(desk: Desk) -> None:
    put_case(desk.store, 1)
    given = desk.call("anna", "POST", f"{case(1)}/verdict", FRAUD).json()
    assert (given["case"]["status"], given["case"]["verdict"], given["labelled"]) == ("closed", "fraud", 2)
    with desk.store.begin() as session:
        assert take_due(session, desk.now) == []
    found = labels(desk)
    assert [(one["is_fraud"], one["attributes"]["by"], sorted(one["pseudonyms"])) for one in found] == [
        (True, "anna", ["account", "device"])
    ] * 2
    desk.now += 600_001
    with desk.store.begin() as session:
        assert len(take_due(session, desk.now)) == 2


def test_labels_of_a_history_have_the_time_that_the_job_has_reached(desk: Desk) -> None:
    put_case(desk.store, 1)
    put_case(desk.store, 2)
    reached = max(one["time"] for one in desk.items("/v1/alerts"))
    desk.call("anna", "POST", f"{case(1)}/verdict", FRAUD)
    assert {one["event_time"] for one in labels(desk)} == {reached}
    desk.now = reached + 6 * 86_400_000  # less than graph.late_days
    desk.call("anna", "POST", f"{case(2)}/verdict", FRAUD)
    assert {one["event_time"] for one in labels(desk)[2:]} == {desk.now}


def test_a_verdict_is_undone_by_who_gave_it_or_a_lead_and_only_of_its_case(desk: Desk) -> None:
    put_case(desk.store, 1)
    put_case(desk.store, 2)
    verdict = desk.call("anna", "POST", f"{case(1)}/verdict", FRAUD).json()["verdict"]["id"]
    why = {"reason": "a mistake"}
    assert desk.call("anna", "POST", f"{case(2)}/verdicts/{verdict}/undo", why).status_code == 404
    assert desk.call("ben", "POST", f"{case(1)}/verdicts/{verdict}/undo", why).status_code == 403
    assert len(labels(desk)) == 2
    undone = desk.call("lea", "POST", f"{case(1)}/verdicts/{verdict}/undo", why).json()
    assert (undone["cancelled"], undone["case"]["status"], undone["verdict"]["undone_by"]) == (2, "open", "lea")
    assert labels(desk) == []
    assert desk.call("lea", "POST", f"{case(1)}/verdicts/{verdict}/undo", why).status_code == 409
    assert [one["undone_why"] for one in desk.get(f"{case(1)}/verdicts")["items"]] == ["a mistake"]


def test_a_verdict_on_chosen_alerts_leaves_the_case_open_and_takes_no_other_incidents(desk: Desk) -> None:
    put_case(desk.store, 1)
    put_case(desk.store, 2)
    other = desk.items("/v1/incidents/inc-0000000000000002/alerts")[0]
    for chosen in ({"events": ["e2000"]}, {"alerts": [other["id"]]}, {"events": ["nothing"]}):
        assert desk.call("anna", "POST", f"{case(1)}/verdict", {**FRAUD, **chosen}).status_code in (404, 422)
    assert labels(desk) == []
    given = desk.call("anna", "POST", f"{case(1)}/verdict", {**FRAUD, "events": ["e1001"]}).json()
    assert (given["case"]["status"], given["labelled"], given["verdict"]["is_whole"]) == ("open", 1, False)
    assert [one["subject_event_id"] for one in labels(desk)] == ["e1001"]


def test_to_call_many_blocks_wrong_takes_two_people(desk: Desk) -> None:
    desk.at_most_blocks(2)
    blocked(desk, 1)
    answer = desk.call("lea", "POST", f"{case(1)}/verdict", LEGITIMATE)
    assert (answer.status_code, answer.json()["verdict"], labels(desk)) == (202, None, [])
    assert desk.get(case(1))["status"] == "open"
    change = answer.json()["change_id"]
    assert desk.call("lea", "POST", f"/v1/changes/{change}/approve").status_code == 403
    approved = desk.call("leo", "POST", f"/v1/changes/{change}/approve").json()
    assert (approved["status"], approved["approved_by"]) == ("applied", "leo")
    assert [(one["is_fraud"], one["attributes"]["by"]) for one in labels(desk)] == [(False, "lea")] * 3
    assert desk.get(case(1))["verdict"] == "legitimate"


def test_to_undo_a_verdict_of_many_blocks_takes_two_people(desk: Desk) -> None:
    desk.at_most_blocks(2)
    blocked(desk, 1)
    verdict = desk.call("anna", "POST", f"{case(1)}/verdict", FRAUD).json()["verdict"]["id"]
    answer = desk.call("anna", "POST", f"{case(1)}/verdicts/{verdict}/undo", {"reason": "x"})
    assert (answer.status_code, len(labels(desk))) == (202, 3)
    desk.call("leo", "POST", f"/v1/changes/{answer.json()['change_id']}/approve")
    assert (labels(desk), desk.get(case(1))["status"]) == ([], "open")


def test_as_many_blocks_as_one_may_undo_take_one(desk: Desk) -> None:
    desk.at_most_blocks(3)
    blocked(desk, 1)
    assert desk.call("anna", "POST", f"{case(1)}/verdict", LEGITIMATE).status_code == 200


def test_a_case_is_closed_without_a_verdict_and_opened_again(desk: Desk) -> None:
    put_case(desk.store, 1)
    assert desk.call("anna", "POST", f"{case(1)}/status", {"status": "closed", "reason": "a duplicate"}).json()["verdict"] is None
    assert desk.call("anna", "POST", f"{case(1)}/verdict", FRAUD).status_code == 409
    assert desk.call("anna", "POST", f"{case(1)}/reopen", {"reason": "no duplicate"}).json()["reopened_why"] == "anna: no duplicate"
    assert desk.call("anna", "POST", f"{case(1)}/status", {"status": "closed", "reason": "x"}).status_code == 200
    assert desk.call("anna", "POST", f"{case(1)}/status", {"status": "open", "reason": "x"}).status_code == 200


def test_comments_are_read_in_order_and_hold_what_was_written(desk: Desk) -> None:
    put_case(desk.store, 1)
    texts = ["<script>alert(1)</script>", "two\nlines", "Ω — 注意", "' OR 1=1 --"]
    for text in texts:
        assert desk.call("anna", "POST", f"{case(1)}/comments", {"text": text}).status_code == 201
    assert [one["text"] for one in desk.items(f"{case(1)}/comments", limit=3)] == texts
    for text in ("", "   ", "x" * 4001, "a\0b", "\ud800", "\u202e"):
        assert desk.call("anna", "POST", f"{case(1)}/comments", None, content=json.dumps({"text": text})).status_code == 422


def test_the_queue_and_its_count_agree_under_every_filter(desk: Desk) -> None:
    for number in range(1, 8):
        put_case(desk.store, number, severity=("medium", "high", "critical")[number % 3])
    desk.call("anna", "POST", f"{case(1)}/claim")
    desk.call("anna", "POST", f"{case(2)}/verdict", FRAUD)
    for params, wanted in (
        ({}, 6), ({"state": "open"}, 5), ({"state": "claimed"}, 1), ({"state": "closed"}, 1), ({"state": "all"}, 7),
        ({"owner": "anna"}, 1), ({"severity": "high"}, 3), ({"state": "all", "verdict": "fraud"}, 1), ({"due_before": 1}, 0),
    ):  # fmt: skip
        for sort in ("priority", "due", "updated"):
            items = desk.items("/v1/cases", limit=2, sort=sort, **params)
            assert len({one["id"] for one in items}) == len(items) == wanted, (params, sort)
            assert desk.get("/v1/cases", sort=sort, **params)["count"] == wanted
    assert desk.items("/v1/cases")[0]["severity"] == "critical"


def test_a_preview_says_what_the_act_does_and_changes_nothing(desk: Desk) -> None:
    for number in (1, 2, 3):
        put_case(desk.store, number)
    desk.call("anna", "POST", f"{case(2)}/claim")
    cases = [{"id": f"case-{number:016x}", "version": 1} for number in (1, 2, 3)] + [{"id": "case-77"}]
    body = {"action": "verdict", "verdict": "fraud", "reason": "a wave", "cases": cases}
    before = desk.items("/v1/cases"), actions(desk)
    preview = desk.call("lea", "POST", "/v1/cases/bulk/preview", body).json()
    assert (desk.items("/v1/cases"), actions(desk)) == before
    assert [one["does"] for one in preview["cases"]] == [True, False, True, False]
    assert (preview["done"], preview["alerts"], labels(desk)) == (2, 4, [])
    done = desk.call("lea", "POST", "/v1/cases/bulk", body).json()
    assert done == preview
    assert len(labels(desk)) == 4
    assert actions(desk)[1:] == [("lea", "case.verdict")] * 2


def test_bulk_verdicts_that_call_many_blocks_wrong_wait_as_one(desk: Desk) -> None:
    desk.at_most_blocks(5)
    blocked(desk, 1)
    blocked(desk, 2)
    cases = [{"id": f"case-{number:016x}"} for number in (1, 2)]
    body = {"action": "verdict", "cases": cases, **LEGITIMATE}
    preview = desk.call("lea", "POST", "/v1/cases/bulk/preview", body).json()
    assert (preview["blocks_undone"], preview["needs_second"], preview["done"], preview["change_id"]) == (6, True, 2, None)
    answer = desk.call("lea", "POST", "/v1/cases/bulk", body)
    assert (answer.status_code, answer.json()["done"], labels(desk)) == (202, 0, [])
    desk.call("ben", "POST", f"{case(2)}/claim")  # who has a case meanwhile keeps it
    approved = desk.call("leo", "POST", f"/v1/changes/{answer.json()['change_id']}/approve").json()
    assert (approved["status"], approved["why_refused"]) == ("applied", "left out: case-0000000000000002")
    assert len(labels(desk)) == 3


@pytest.mark.parametrize(
    ("more", "done"),
    [
        ({"action": "assign", "owner": "ben"}, 2),
        ({"action": "due", "due_at": START}, 2),
        ({"action": "close"}, 2),
        ({"action": "reopen"}, 0),
    ],
)
def test_other_acts_on_many(quick_desk: Desk, more: dict[str, Any], done: int) -> None:
    for number in (1, 2):
        put_case(quick_desk.store, number)
    body = {"reason": "x", "cases": [{"id": f"case-{number:016x}"} for number in (1, 2)], **more}
    assert quick_desk.call("lea", "POST", "/v1/cases/bulk", body).json()["done"] == done


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "verdict"}, "verdict"),
        ({"action": "assign"}, "owner"),
        ({"action": "due"}, "due_at"),
        ({"action": "delete"}, "action"),
        ({"action": "close", "cases": []}, "cases"),
        ({"action": "close", "cases": [{"id": "a"}, {"id": "a"}]}, "cases"),
        ({"action": "close", "cases": [{"id": "a"}] * 201}, "cases"),
        ({"action": "close", "reason": "  "}, "reason"),
        ({"action": "close", "by": "ada"}, "by"),
    ],
)
def test_a_wrong_act_names_its_field(quick_desk: Desk, body: dict[str, Any], field: str) -> None:
    answer = quick_desk.call("lea", "POST", "/v1/cases/bulk", {"reason": "x", "cases": [{"id": "a"}], **body})
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
