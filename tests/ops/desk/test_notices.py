"""The page of notices: what was given up and why, as text, and a button for those who may press it."""

from __future__ import annotations

import json

import pytest

from ops.access.roles import Role
from ops.cases import notices, outbox
from ops.cases.notices import Wanted
from ops.cases.orphans import mark_orphans
from ops.cases.tables import AuditEntry, Outgoing
from ops.cases.told import Told
from tests.support.case_samples import NOW
from tests.support.desk_calls import Pages, plain

HOSTILE = "HTTP 400: <script>alert(1)</script>"


def give_up(pages: Pages, count: int = 2) -> None:
    told = [Told(f"inc-{number}", "revision", "", NOW, "1") for number in range(count)]
    with pages.store.begin() as session:
        notices.put_notices(session, [Wanted("fraud_team", one.incident, NOW, [one]) for one in told])
        rows = session.query(Outgoing).filter_by(kind="notice").all()
        notices.mark(session, rows, outbox.DEAD, NOW, HOSTILE)


def states(pages: Pages) -> list[str]:
    with pages.store.read() as session:
        return [row.state for row in session.query(Outgoing).filter_by(kind="notice").order_by(Outgoing.id)]


def test_a_lead_sees_why_and_sends_one_again_and_then_all(quick_pages: Pages) -> None:
    give_up(quick_pages, 3)
    lead = quick_pages.visitor("lead")
    page = lead.get("/notices")
    assert "fraud_team 3 given up" in plain(page) and "inc-1" in page and HOSTILE not in page and "&lt;script&gt;" in page
    lead.post("/notices/retry", id="2")
    assert states(quick_pages) == ["dead", "pending", "dead"]
    lead.post("/notices/retry")
    assert states(quick_pages) == ["pending"] * 3
    with quick_pages.store.read() as session:
        acts = session.query(AuditEntry).filter_by(action="notices.retry").all()
        assert [(act.actor, json.loads(act.details)) for act in acts] == [
            ("lead", {"count": 1, "to": {"fraud_team": 1}, "ids": [2]}),
            ("lead", {"count": 2, "to": {"fraud_team": 2}, "ids": [1, 3]}),
        ]
    assert "sent 2 notices again that had been given up, number 1, 3" in plain(quick_pages.visitor("admin").get("/audit"))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_others_look_and_have_no_button(quick_pages: Pages, role: Role) -> None:
    give_up(quick_pages)
    visitor = quick_pages.visitor(role)
    assert "Send all again" not in visitor.get("/notices")
    assert visitor.post("/notices/retry").status_code == 403
    assert states(quick_pages) == ["dead", "dead"]


def test_nothing_is_said_where_nothing_was_given_up(quick_pages: Pages) -> None:
    assert "Nothing was given up" in plain(quick_pages.visitor("viewer").get("/notices"))


def test_what_waits_says_why(quick_pages: Pages) -> None:
    with quick_pages.store.begin() as session:
        notices.put_notices(session, [Wanted("old_team", "inc-1", NOW, [Told("inc-1", "revision", "", NOW, "1")])])
        mark_orphans(session, ["fraud_team"], NOW, 1000)
    page = plain(quick_pages.visitor("viewer").get("/notices"))
    assert "old_team 1 wait" in page and "old_team waits: the settings name no such channel" in page
