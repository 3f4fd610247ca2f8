"""The page of actions: what was done, why, and what became of it, as text; an incident shows its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from ops.actions.way import drop
from ops.cases import outbox
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.settings import CaseSettings
from ops.cases.tables import Outgoing
from tests.ops.actions.conftest import CARD
from tests.support.action_samples import decision_document
from tests.support.case_samples import NOW, revision_document, some_alerts
from tests.support.desk_calls import Pages, plain

_RELEASE = re.compile(r'action="(/actions/[0-9]+/release)"')
_UNDO = re.compile(r"/acts/(act-[0-9a-f]+)/undo")
HOSTILE = "<script>alert(1)</script>"


def act(pages: Pages, mode: str = "live", accounts: Sequence[str] = (), pauses: int = 9) -> None:
    budget = ActionBudget(2, pauses, order_share=1.0, legitimate_share=1.0)
    settings = ActionSettings(auto_block=True, mode=mode, target="https://shop.example.com", budget=budget)
    taker = ActionTaker(settings, lambda _: CARD, lambda: True, lambda: NOW)
    with pages.store.begin() as session:
        taker.take(session, [decision_document(number, event_id=f"{HOSTILE}{number}", **of(number, accounts)) for number in range(3)])
        rows = session.query(Outgoing).filter_by(kind="action", target="hold").all()
        drop(session, rows, outbox.DEAD, NOW, f"HTTP 400: {HOSTILE}")


def of(number: int, accounts: Sequence[str]) -> dict[str, Any]:
    return {"entities": {"account": accounts[number]}} if accounts else {}


def test_a_viewer_sees_what_was_done_and_what_became_of_it(quick_pages: Pages) -> None:
    act(quick_pages)
    visitor = quick_pages.visitor("viewer")
    page = visitor.get("/actions")
    assert HOSTILE not in page and "&lt;script&gt;" in page
    text = plain(page)
    assert "Orders 3 in the last hour" in text and "Blocked 2 in the last hour" in text and "Beyond a budget 1" in text
    assert "hold blocks of the hour spent 0.95 given up HTTP 400" in text and text.count("score as precise as asked for") == 2
    assert plain(visitor.get("/actions?action=hold")).count("0.95") == 1
    assert plain(visitor.get(f"/actions?event={HOSTILE}1")).count("0.95") == 1
    assert "No action is like this" in plain(visitor.get("/actions?action=verify"))


def test_what_was_left_undone_is_shown_as_such(quick_pages: Pages) -> None:
    act(quick_pages, pauses=0)
    visitor = quick_pages.visitor("viewer")
    text = plain(visitor.get("/actions?undone=1"))
    assert "Left undone 1 1 to block, in the last hour" in text and text.count("0.95") == 1
    assert "block holds of the hour spent 0.95 left undone" in text
    assert "No action is like this" in plain(visitor.get("/actions?undone=1&action=verify"))


def test_nothing_is_said_where_nothing_was_done(quick_pages: Pages) -> None:
    assert "Nothing was done by itself yet" in plain(quick_pages.visitor("viewer").get("/actions"))


def test_dry_actions_are_named_so(quick_pages: Pages) -> None:
    act(quick_pages, mode="dry")
    assert plain(quick_pages.visitor("viewer").get("/actions")).count("only recorded") == 3


def test_a_lead_asks_for_a_release_and_takes_it_back(quick_pages: Pages) -> None:
    act(quick_pages)
    lead, viewer = quick_pages.visitor("lead"), quick_pages.visitor("viewer")
    assert lead.get("/actions").count("<summary>Release") == 2 and "<summary>Release" not in viewer.get("/actions")
    release = _RELEASE.findall(lead.get("/actions"))[0]
    assert viewer.post(release, reason="x").status_code == 403
    assert lead.post(release, reason="").status_code == 422
    assert lead.act(release, reason="forged", back="/actions?action=block") == "/actions?action=block"
    text = plain(lead.get("/actions"))
    assert "lead asked to release it" in text and "To be released: block of <script>alert(1)</script>" in text
    lead.act(f"/acts/{_UNDO.findall(lead.get('/actions'))[0]}/undo", back="/actions")
    assert "asked to release it" not in plain(lead.get("/actions"))


def test_beyond_four_eyes_the_page_says_who_must_agree(quick_pages: Pages) -> None:
    settings = quick_pages.service.settings
    quick_pages.service.settings = replace(settings, cases=replace(settings.cases, four_eyes_blocks=0))
    act(quick_pages)
    lead = quick_pages.visitor("lead")
    answer = lead.post(_RELEASE.findall(lead.get("/actions"))[0], reason="forged", back="/actions")
    assert answer.status_code == 202 and "a second person must agree" in plain(answer.text)
    assert f"Release the block of {HOSTILE}" in plain(quick_pages.visitor("admin").get("/rules"))


def test_an_incident_shows_the_actions_on_its_events(quick_pages: Pages) -> None:
    alerts = [one | {"event_id": f"{HOSTILE}{number}"} for number, one in enumerate(some_alerts(3, f"{1:016x}", 1000))]
    with quick_pages.store.begin() as session:
        take_alerts(session, alerts)
        take_incident(session, revision_document(1, alerts), NOW, CaseSettings())
    viewer = quick_pages.visitor("viewer")
    page = f"/incidents/inc-{1:016x}"
    assert "What the shop was asked to do" not in viewer.get(page)
    accounts = [one["entities"]["account"] for one in alerts]
    act(quick_pages, accounts=accounts)
    text = plain(viewer.get(page))
    assert "What the shop was asked to do 2 block, 1 hold" in text
    assert "hold blocks of the hour spent 0.95 given up HTTP 400" in text and HOSTILE not in viewer.get(page)
