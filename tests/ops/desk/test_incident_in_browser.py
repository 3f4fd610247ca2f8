"""The page of an incident in a real browser: by keys, by pointer, and without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from domain.times import now_ms
from ops.cases.comments import comment
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.queue import case
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from tests.ops.desk.test_incident import STORY
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations
from tests.support.case_samples import put_case, revision_document, some_alerts

pytestmark = pytest.mark.browser

RING = "/incidents/inc-" + "1".zfill(16)
CASE = "case-" + "1".zfill(16)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A service with a ring of two revisions, a wave and unconnected alerts, the ring the gravest."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    now, settings = now_ms() - 60_000, CaseSettings()
    put_case(store, 1, alerts=2, at=now, severity="critical", **STORY)
    with store.begin() as session:
        alerts = some_alerts(6, f"{1:016x}", 1000)
        take_alerts(session, alerts)
        grown = revision_document(1, alerts, revision=2, severity="critical", **STORY)
        take_incident(session, grown, now, settings)
        comment(session, CASE, "The courier confirms.", by="lead", now=now, settings=settings)
    events = [{"account": "b874bcd0aa74fd22", "event_id": "621f", "time": now}]
    put_case(store, 2, alerts=0, at=now, kind="wave", pattern="wave", events=events, related=["inc-0b"], participants={})
    put_case(store, 3, alerts=3, at=now, kind="unconnected", rings=[])
    with Served(store) as served:
        yield served
    store.close()


def state(served: Served) -> tuple[str, str | None, str | None]:
    with served.service.store.read() as session:
        found = case(session, CASE).case
        return found.status, found.owner, found.verdict


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_and_no_form_is_wider_than_the_screen(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, RING, "admin", color_scheme=scheme) as page:
        for number in (1, 2, 3):
            page.goto(f"/incidents/inc-{number:016x}")
            assert violations(page) == []
            for width in (*WIDTHS, 320):
                page.set_viewport_size({"width": width, "height": 800})
                assert not is_wider_than_screen(page), (number, width)


def test_a_phrase_lights_up_its_fact(chromium: Browser, served: Served) -> None:
    with served.open(chromium, RING, "viewer") as page:
        page.locator("h1 .cite").hover()
        expect(page.locator("#F1")).to_have_class("is-lit")
        expect(page.locator(".cite.is-lit")).to_have_count(2)
        page.locator("#F2").hover()
        expect(page.locator("#F1")).not_to_have_class("is-lit")
        expect(page.locator(".cite.is-lit")).to_have_text("0.75")


def test_the_ring_steps_through_its_revisions_without_a_new_page(chromium: Browser, served: Served) -> None:
    with served.open(chromium, RING, "viewer") as page:
        page.evaluate("window.kept = true")
        expect(page.locator("#ring .is-later")).to_have_count(0)
        page.keyboard.press("[")
        expect(page.locator("#ring-at")).to_have_text("Revision 1 of 2")
        assert page.locator("#ring .is-later").count() > 0
        expect(page.locator("[data-words='1']")).to_contain_text("sums beside accounts are left out.")
        expect(page.locator("#ring .is-sum").first).to_be_hidden()
        page.locator("#ring input").press("ArrowRight")
        expect(page.locator("#ring-at")).to_have_text("Revision 2 of 2")
        expect(page.locator("#ring .is-later")).to_have_count(0)
        expect(page.locator("#ring .is-sum").first).to_be_visible()
        assert page.locator("#ring .ring-node.is-new").count() == 4
        page.locator("#ring .ring-node").first.hover()
        assert page.locator("#ring .ring-link.is-lit").count() == 6
        assert page.evaluate("window.kept")


def test_a_verdict_is_given_by_keys_and_undone(chromium: Browser, served: Served) -> None:
    with served.open(chromium, RING, "lead") as page:
        page.keyboard.press("l")
        expect(page.get_by_label("Legitimate")).to_be_checked()
        expect(page.get_by_label("Why", exact=True).first).to_be_focused()
        page.keyboard.type("a family")
        page.keyboard.press("Enter")
        page.wait_for_url("**/incidents/*?after=inc-*")
        assert state(served) == ("closed", "lead", "legitimate")
        expect(page.locator(".after")).to_contain_text("The next case is here, claimed for you.")
        page.keyboard.press("u")
        expect(page.locator(".after")).to_contain_text("Open again:")
        assert state(served) == ("open", None, None)


def test_a_verdict_of_chosen_alerts_is_given_by_keys(chromium: Browser, served: Served) -> None:
    with served.open(chromium, RING, "lead") as page:
        for key in ("j", "x", "j", "x", "f"):
            page.keyboard.press(key)
        expect(page.locator(".of-chosen")).to_contain_text("Of the 2 chosen alerts only: the case stays open.")
        expect(page.locator(".of-whole")).to_be_hidden()
        page.keyboard.type("cards tested")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Verdict: fraud of 2 alerts.")
        expect(page.locator(".alert .verdict.fraud")).to_have_count(2)
        page.keyboard.press("m")
        page.keyboard.type("And more")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".comments li")).to_have_count(2)
        assert state(served) == ("open", None, None)


def test_all_of_it_works_without_javascript(chromium: Browser, served: Served) -> None:
    with served.open(chromium, RING, "lead", java_script_enabled=False) as page:
        page.locator("h1 .cite").click()
        assert page.url.endswith("#F1") and page.locator("#F1:target").count() == 1
        page.get_by_role("link", name="Earlier").first.click()
        assert "?revision=1" in page.url and page.locator("#ring .is-later").count() > 0
        page.get_by_role("button", name="Claim").click()
        expect(page.locator("h2#case")).to_have_text("You have this case")
        page.get_by_text("Give, due, close").click()
        page.get_by_label("Due in").select_option("72")
        page.get_by_role("button", name="Set").click()
        expect(page.locator(f"#{CASE}")).to_contain_text("2 d left")
        page.get_by_label("Fraud").check(force=True)
        page.get_by_label("Why", exact=True).first.fill("same courier")
        page.get_by_role("button", name="Give the verdict").click()
        assert state(served) == ("closed", "lead", "fraud") and "?after=" in page.url
