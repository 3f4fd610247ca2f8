"""The page of questions: ready ones, one's own words, hostile texts, raw values, each role."""

from __future__ import annotations

import json
import re

from sqlalchemy import select

from ops.assistant.ready import READY
from ops.cases.ingest.alerts import take_alerts
from ops.cases.tables import AuditEntry, Question
from ops.desk.entity_search import hashed_names
from tests.support.asked_month import NOW, month
from tests.support.control_samples import PSEUDONYMS
from tests.support.desk_calls import Pages, plain
from tests.support.incident_samples import alert_document

HOSTILE = "<script>alert(1)</script>"


def test_a_ready_question_is_answered_with_rows_that_open(pages: Pages) -> None:
    made = month(pages.store, headline=HOSTILE)
    pages.now = NOW
    viewer = pages.visitor("viewer")
    assert plain(viewer.get("/ask")).count("?") >= len(READY)
    page = viewer.get(viewer.act("/ask", ready="incident-money", window="30d"))
    richest = max(made.incidents, key=lambda one: one["money_at_risk"]["EUR"])
    assert f'href="/incidents/{richest["id"]}"' in page and 'href="#T1.1"' in page and 'id="T1.1"' in page
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert "style=" not in page
    for one in READY:
        viewer.get(viewer.act("/ask", ready=one, window="30d"))
    assert len(re.findall(r'href="/ask/\d+"', viewer.get("/ask"))) == 20


def test_words_days_and_what_is_not_known(quick_pages: Pages) -> None:
    made = month(quick_pages.store)
    viewer = quick_pages.visitor("viewer")
    words = {"question": "How many alerts?", "window": "7d", "from": "2026-01-01", "to": "2026-01-31"}
    assert f"from 2026-01-01 to 2026-01-31: {len(made.alerts)}." in plain(viewer.get(viewer.act("/ask", **words)))
    hostile = viewer.get(viewer.act("/ask", question=f"{HOSTILE} who is it?"))
    assert HOSTILE not in hostile and "I do not know." in hostile
    for fields, status in (({"question": ""}, 422), ({"question": "x" * 1001}, 422), ({"question": "alerts", "from": "soon"}, 422)):
        answer = viewer.post("/ask", **fields)
        assert answer.status_code == status and 'id="wrong">' in answer.text, fields


def test_what_is_looked_at_is_told_a_line_each(quick_pages: Pages) -> None:
    month(quick_pages.store)
    quick_pages.now = NOW
    viewer = quick_pages.visitor("viewer")
    told = [json.loads(line) for line in viewer.post("/ask/steps", ready="alerts", window="30d").text.splitlines()]
    assert [list(one) for one in told] == [["step"], ["step"], ["answer"]]
    assert told[0]["step"] == "T1: Flagged events, from 2026-01-02 to 2026-01-31"
    assert "Most: investigate" in plain(viewer.get(told[-1]["answer"]))
    wrong = viewer.post("/ask/steps", question="alerts", window="soon")
    assert "window: 'soon' is no time" in json.loads(wrong.text)["error"]
    assert viewer.post("/ask/steps", csrf="0" * 128, ready="queue").status_code == 403
    assert "/sign-in" in quick_pages.nobody().post("/ask/steps", csrf="", ready="queue").headers["location"]


def test_a_fault_of_ours_ends_the_lines(quick_pages: Pages) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("secret words")

    viewer = quick_pages.visitor("viewer")
    quick_pages.app.state.asker.ask = broken
    (line,) = viewer.post("/ask/steps", ready="queue").text.splitlines()
    assert "the service failed to answer" in line and "secret" not in line


def test_a_raw_value_is_hashed_and_kept_nowhere(quick_pages: Pages) -> None:
    analyst, viewer = quick_pages.visitor("analyst"), quick_pages.visitor("viewer")
    assert viewer.post("/ask", question="What of anna@example.com?").status_code == 403
    page = analyst.get(analyst.act("/ask", question="What of anna@example.com?"))
    assert "anna@example.com" not in page and re.search(r"email:[0-9a-f]{16}", page)
    with quick_pages.store.read() as session:
        assert "anna" not in str([row.question + str(row.answer) for row in session.scalars(select(Question))])
        looked = session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "entity.look_up")).all()
    assert set(looked) == {"analyst"}


def test_ids_of_accounts_and_devices_are_hashed_too(quick_pages: Pages) -> None:
    account, device = hashed_names("account", "c-17", PSEUDONYMS)[0], hashed_names("device", "4f2a-77c1", PSEUDONYMS)[0]
    its = {"account": account.partition(":")[2], "device": device.partition(":")[2]}
    with quick_pages.store.begin() as session:
        take_alerts(session, [alert_document(number, NOW, entities=its) for number in range(3)])
    analyst, viewer = quick_pages.visitor("analyst"), quick_pages.visitor("viewer")
    for question in ("What of c-17?", "what about account c-17?", "account:c-17", "Is Account id c-17 bad?"):
        page = plain(analyst.get(analyst.act("/ask", question=question)))
        assert f"What is known of {account}: flagged events: 3" in page and "c-17" not in page, question
    assert f"What is known of {device}" in plain(analyst.get(analyst.act("/ask", question="and device 4f2a-77c1, then?")))
    proposed = plain(analyst.get(analyst.act("/ask", question="put account:c-17 on the block list")))
    assert f"Proposed, nothing is done yet: {account} on the list block" in proposed
    unknown = plain(analyst.get(analyst.act("/ask", question="Who is 8812-aa-77, e0?")))
    assert "Who is [id], e0?" in unknown and "write its kind before it, account" in unknown
    assert viewer.post("/ask", question="What of account c-17?").status_code == 403
    assert viewer.post("/ask", question="What of c-17?").status_code == 303
    with quick_pages.store.read() as session:
        kept = str([row.question + str(row.answer) for row in session.scalars(select(Question))])
        looked = session.execute(select(AuditEntry.actor, AuditEntry.subject).where(AuditEntry.action == "entity.look_up")).all()
    assert "c-17" not in kept and "4f2a" not in kept and "8812" not in kept
    assert {tuple(one) for one in looked} == {("analyst", "entity:account"), ("analyst", "entity:device")}


def test_nobody_sees_what_another_asked(quick_pages: Pages) -> None:
    lead, admin = quick_pages.visitor("lead"), quick_pages.visitor("admin")
    mine = lead.act("/ask", ready="queue")
    admin.get(mine, 404)
    assert quick_pages.nobody().client.get(mine).status_code == 303
    assert quick_pages.nobody().post("/ask", csrf="", ready="queue").headers["location"].startswith("/sign-in")
    assert lead.post("/ask", csrf="0" * 128, ready="queue").status_code == 403
    assert lead.act("/ask/forget") == "/ask"
    lead.get(mine, 404)
