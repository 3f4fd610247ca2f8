"""A proposal at the desk: a form is filled in, who has the right sends it, the audit names the question."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ops.access.roles import Role
from ops.assistant.asker import Asker
from ops.assistant.sources import Sources
from ops.cases.ingest.case_upkeep import case_id_of
from ops.cases.tables import AuditEntry, ControlChange, VerdictRow
from tests.ops.assistant.test_rule_trials import WISH, trials
from tests.support.asked_month import NOW, Month, month
from tests.support.desk_calls import Pages, Visitor, plain
from tests.support.incident_samples import pseudonym

ACCOUNT = pseudonym(5)
BLOCK = f"put account:{ACCOUNT} on the block list for 7 days because of <b>chargebacks</b>"
RULE = "propose a rule to investigate events where event type is signup because of the wave"


@pytest.fixture
def made(quick_pages: Pages) -> Month:
    quick_pages.now = NOW
    return month(quick_pages.store)


def judged(made: Month) -> str:
    return next(one["id"] for one in made.incidents if case_id_of(one["id"]) not in made.verdicts and one["severity"] != "low")


def written(pages: Pages) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the changes, the verdicts, and the audit of proposals."""
    with pages.store.read() as session:
        confirmed = select(AuditEntry.actor, AuditEntry.subject).where(AuditEntry.action == "question.confirm")
        changes = session.execute(select(ControlChange.entity, ControlChange.state, ControlChange.by)).all()
        return list(changes), list(session.scalars(select(VerdictRow.id))), list(session.execute(confirmed).all())


def form_of(visitor: Visitor, question: str) -> tuple[str, str]:
    """Ask, and return the number of the question and the page that its form is on."""
    here = visitor.act("/ask", question=question)
    found = re.search(r'href="([^"]+\?asked=\d+)"', visitor.get(here))
    assert found, visitor.get(here)
    return here.rsplit("/", 1)[1], found[1]


def test_an_entry_of_a_list_is_confirmed_by_a_lead(quick_pages: Pages, made: Month) -> None:
    lead, before = quick_pages.visitor("lead"), written(quick_pages)
    number, path = form_of(lead, BLOCK)
    page = lead.get(path)
    assert f'value="{ACCOUNT}"' in page and "&lt;b&gt;chargebacks" in page and f'name="asked" value="{number}"' in page
    assert written(quick_pages) == before
    sent = {"list": "block", "who": "account", "how": "pseudonym", "value": ACCOUNT, "expires": "7", "reason": "x", "asked": number}
    assert lead.post("/lists", **sent, csrf="0" * 128).status_code == 403
    assert lead.post("/lists", **sent | {"value": pseudonym(6)}).status_code == 422
    assert quick_pages.visitor("admin").post("/lists", **sent).status_code == 404
    assert written(quick_pages) == before
    lead.act("/lists", **sent)
    changes, _, confirmed = written(quick_pages)
    assert changes[-1] == (f"account:{ACCOUNT}", "active", "lead") and confirmed == [("lead", f"question:{number}")]


def test_the_allow_list_still_takes_two(quick_pages: Pages, made: Month) -> None:
    lead = quick_pages.visitor("lead")
    number, _ = form_of(lead, BLOCK.replace("block", "allow"))
    sent = {"list": "allow", "who": "account", "how": "pseudonym", "value": ACCOUNT, "expires": "7", "reason": "x", "asked": number}
    assert lead.post("/lists", **sent).status_code == 202
    with quick_pages.store.read() as session:
        assert session.scalars(select(ControlChange.status)).all() == ["proposed"]


def test_a_verdict_is_confirmed_by_an_analyst(quick_pages: Pages, made: Month) -> None:
    analyst, before, incident = quick_pages.visitor("analyst"), written(quick_pages), judged(made)
    number, path = form_of(analyst, f"call {incident} legitimate because all know each other")
    page = analyst.get(path)
    assert "Verdict: legitimate" in plain(page) and 'value="all know each other"' in page and written(quick_pages) == before
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    analyst.act(path.partition("?")[0], verdict="legitimate", reason="x", version=version[1], back="/", asked=number)
    assert len(written(quick_pages)[1]) == len(before[1]) + 1 and written(quick_pages)[2] == [("analyst", f"question:{number}")]


def test_a_rule_is_in_the_editor_and_begins_in_shadow(quick_pages: Pages, made: Month) -> None:
    lead, before = quick_pages.visitor("lead"), written(quick_pages)
    number, path = form_of(lead, RULE)
    page = lead.get(path)
    assert "event_type" in page and "It can be read" in page and 'value="shadow" checked' in page and written(quick_pages) == before
    text = "when: {field: event_type, is: signup}\ndecision: investigate\ntext: a sign-up\n"
    sent = {"id": "R7", "rule": text, "state": "shadow", "seen": "0", "reason": "x", "asked": number}
    assert f'name="asked" value="{number}"' in lead.post("/rules/draft/check", **sent).text
    lead.act("/rules/draft/save", **sent)
    assert written(quick_pages)[2] == [("lead", f"question:{number}")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_who_has_no_right_sees_no_form(quick_pages: Pages, made: Month, role: Role) -> None:
    visitor = quick_pages.visitor(role)
    page = visitor.get(visitor.act("/ask", question=BLOCK))
    assert "You may not do this yourself" in page and "asked=" not in page
    number = visitor.act("/ask", question=RULE).rsplit("/", 1)[1]
    visitor.get(f"/rules/draft/new?asked={number}", 403)


def test_no_link_fills_a_form_in(quick_pages: Pages, made: Month) -> None:
    number, path = form_of(quick_pages.visitor("lead"), BLOCK)
    quick_pages.visitor("admin").get(path, 404)
    lead = quick_pages.visitor("lead")
    lead.get(f"/rules/draft/new?asked={number}", 404)
    lead.get(f"/cases/{case_id_of(judged(made))}/verdict?asked={number}", 404)
    assert "asked" not in lead.get("/lists")


def test_who_may_try_no_rule_tries_none_by_a_question(quick_pages: Pages, tmp_path: Path) -> None:
    quick_pages.app.state.asker = Asker(sources=Sources(trials=trials(tmp_path)))
    viewer, analyst = quick_pages.visitor("viewer"), quick_pages.visitor("analyst")
    assert "no rule can be tried here by you" in plain(viewer.get(viewer.act("/ask", question=WISH)))
    assert not (tmp_path / "rule.json").exists()
    assert "it fires for 40" in plain(analyst.get(analyst.act("/ask", question=WISH)))
