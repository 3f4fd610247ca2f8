"""The audit as a page: who did what, narrowed by links, and whether the chain is whole."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from ops.access.roles import Role
from ops.cases.audit.chain import Act, audit
from ops.cases.audit.entries import erase_entity
from ops.cases.store import Store
from ops.desk.pages import audit as its_page
from ops.desk.view.audit_words import act_words
from tests.support.case_samples import put_case
from tests.support.desk_calls import Pages, plain
from tests.support.incident_samples import pseudonym
from tests.support.ring_samples import HOSTILE

DEVICE = f"device:{pseudonym(1_000_000)}"


def acts(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-row="(\d+)"', page)]


def do(store: Store, *its: Act) -> None:
    with store.begin() as session:
        for act in its:
            audit(session, act)


@pytest.mark.parametrize("role", Role.people())
def test_admins_alone_read_and_check_it(quick_pages: Pages, role: Role) -> None:
    visitor, is_admin = quick_pages.visitor(role), role == Role.ADMIN
    assert (visitor.client.get("/audit").status_code == 200) == is_admin
    assert (visitor.post("/audit/check").status_code == 303) == is_admin
    assert ('href="/audit"' in visitor.get("/")) == is_admin


def test_acts_are_told_in_words_with_ways_on(pages: Pages) -> None:
    case_id = put_case(pages.store, 3)
    pages.visitor("lead").act(f"/cases/{case_id}/verdict", verdict="fraud", reason="same courier")
    pages.visitor("lead").act(f"/entities/{DEVICE}/lists", list="block", expires="30", reason="chargebacks")
    pages.visitor("analyst").act("/entities", value="anna@example.com", kind="email", reason="they called")
    page = pages.visitor("admin").get("/audit")
    said = plain(page)
    assert f"lead gave the verdict fraud on 2 alerts {case_id} same courier" in said
    assert 'href="/incidents/inc-0000000000000003" data-open>gave the verdict fraud' in page
    assert "changed a list: active, version 1" in said and f'href="/entities/{DEVICE}"' in page
    assert re.search(r'href="/lists/[A-Za-z0-9._-]+" data-open>changed a list', page)
    assert "analyst looked up: email address, by its raw value" in said and "they called" in said and "anna@" not in page
    assert "admin signed in by password user:admin" in said


def test_it_is_narrowed_by_person_subject_action_and_entity(pages: Pages) -> None:
    do(pages.store, *(Act(n, ("anna", "ben")[n % 2], ("case.claim", "case.release")[n % 3 % 2], f"case:case-{n % 4}") for n in range(24)))
    do(pages.store, Act(99, "anna", "entity.look_up", "entity:device", {"raw": True}, {}, DEVICE))
    visitor = pages.visitor("admin")
    assert len(acts(visitor.get("/audit?actor=anna"))) == 13
    assert len(acts(visitor.get("/audit?actor=anna&action=case.claim"))) == 8
    assert len(acts(visitor.get("/audit?subject=case:case-3"))) == 6
    assert acts(visitor.get(f"/audit?entity={DEVICE}")) == [29]
    assert "Nobody did anything like this." in plain(visitor.get("/audit?actor=nobody"))
    page = visitor.get("/audit?actor=anna&subject=case:case-2")
    assert 'class="chip" href="/audit?actor=anna" aria-current="true"' in page


def test_pages_hold_each_act_once(quick_pages: Pages) -> None:
    do(quick_pages.store, *(Act(n, "anna", "case.claim", "case:case-1") for n in range(120)))
    visitor, found, path = quick_pages.visitor("admin"), list[int](), "/audit?actor=anna"
    while path:
        page = visitor.get(path)
        found += acts(page)
        path = unescape(next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), ""))
    assert found == list(range(124, 4, -1))


def test_a_check_is_noted_in_the_chain_and_told(pages: Pages) -> None:
    visitor = pages.visitor("admin")
    assert "Not checked yet. 5 acts;" in plain(visitor.get("/audit"))
    assert visitor.act("/audit/check") == "/audit"
    page = visitor.get("/audit")
    assert "Whole up to 5. admin checked it just now ; 1 act since" in plain(page)
    assert "checked the chain up to 5, found it whole" in plain(page)
    assert re.search(r"<code>5:[0-9a-f]{64}</code>", page)


def test_a_chain_that_was_changed_is_broken(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("admin")
    do(quick_pages.store, *(Act(n, "anna", "case.claim", "case:case-1") for n in range(5)))
    with quick_pages.store.begin() as session:
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.execute(text("UPDATE audit SET actor = 'ben' WHERE seq = 3"))
    visitor.act("/audit/check")
    page = visitor.get("/audit")
    assert "The chain is broken." in plain(page) and "entry 3 was changed" in plain(page)
    assert 'class="chain broken"' in page and "found 1 fault" in plain(page)


def test_one_check_runs_at_a_time(quick_pages: Pages) -> None:
    visitor = quick_pages.visitor("admin")
    with its_page._CHECKING:
        assert visitor.post("/audit/check").status_code == 409
    assert visitor.post("/audit/check").status_code == 303


def test_what_was_erased_is_said_to_be(quick_pages: Pages) -> None:
    do(quick_pages.store, Act(1, "anna", "entity.look_up", "entity:device", {"raw": True}, {"reason": "they called"}, DEVICE))
    with quick_pages.store.begin() as session:
        erase_entity(session, DEVICE, by="admin", now=2)
    page = quick_pages.visitor("admin").get("/audit")
    assert "they called" not in page and DEVICE not in page and '<span class="faint">erased</span>' in page
    assert "erased what 1 act was about" in plain(page)
    assert act_words("audit.erase", "audit", {"acts": 2}) == "erased what 2 acts were about"
    assert act_words("retrain.tried", "model:gbt-1", {"judgement": "better"}) == "tried a new model: better"
    assert act_words("retrain.failed", "model:none", {}) == "could not try a new model"


def test_hostile_text_is_shown_as_text(pages: Pages) -> None:
    storable = [text for text in HOSTILE if "\0" not in text]
    do(pages.store, *(Act(1, value, value, f"case:{value}", {"said": value}, {"reason": value}) for value in storable))
    do(pages.store, *(Act(1, "anna", "case.undo_act", "rule:x", {"said": value}, {"text": value}) for value in HOSTILE))
    page = pages.visitor("admin").get("/audit")
    assert "<script>alert" not in page and "<img" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("query", ["actor=%3Cb%3E", "subject=a b", "action=A", "entity=x", "cursor=x", "head=1"])
def test_what_is_no_filter_is_refused(quick_pages: Pages, query: str) -> None:
    quick_pages.visitor("admin").get(f"/audit?{query}", 422)


def test_every_act_of_the_code_has_words() -> None:
    named: set[str] = set()
    for path in Path("ops").rglob("*.py"):
        named |= set(re.findall(r'Act\([^)]*?, "([a-z]+\.[a-z_]+)"', path.read_text("utf-8")))
    assert len(named) > 15
    assert [name for name in sorted(named) if act_words(name, "x:y", {}) == name] == []
