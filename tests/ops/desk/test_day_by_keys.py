"""A day in the queue, in a real browser: by keys alone, without JavaScript, and while rows change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.times import now_ms
from ops.cases.claims import claim
from ops.cases.queue import case
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from tests.support.browser import Served, is_wider_than_screen, violations
from tests.support.case_samples import put_case

pytestmark = pytest.mark.browser


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A service with five cases, the gravest being number 4, and a user of each role."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    for number in range(5):
        put_case(store, number, at=now_ms() - 60_000, severity="high", money_at_risk={"EUR": 100.0 * (number + 1)})
    with Served(store) as served:
        yield served
    store.close()


def row_here(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.closest('[data-row]')?.id")
    return found


def state(served: Served, number: int) -> tuple[str, str | None]:
    with served.service.store.read() as session:
        found = case(session, f"case-{number:016x}").case
        return found.status, found.verdict


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def test_cases_are_claimed_judged_and_undone_by_keys_alone(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/", "lead") as page:
        keys(page, "j", "j", "c")
        expect(page.get_by_role("status")).to_contain_text("Claimed.")
        assert row_here(page) == "case-" + "3".zfill(16) and state(served, 3) == ("claimed", None)
        keys(page, "f")
        page.wait_for_url("**/verdict?word=fraud")
        page.keyboard.type("same courier")
        keys(page, "Enter")
        expect(page.get_by_role("status")).to_contain_text("Verdict: fraud.")
        assert state(served, 3) == ("closed", "fraud") and row_here(page) == "case-" + "2".zfill(16)
        keys(page, "u")
        expect(page.get_by_role("status")).to_have_count(0)
        assert state(served, 3) == ("claimed", None) and row_here(page) == "case-" + "3".zfill(16)
        keys(page, "j", "x", "j", "x")
        keys(page, "l")
        page.get_by_label("Why, for all of them").wait_for()
        assert violations(page) == []
        page.keyboard.type("load test")
        keys(page, "Enter")
        expect(page.get_by_role("status")).to_contain_text("2 cases.")
        assert state(served, 2) == state(served, 1) == ("closed", "legitimate")
        keys(page, "n")
        page.wait_for_url("**/incidents/inc-" + "4".zfill(16))
        assert violations(page) == [] and not is_wider_than_screen(page)


def test_all_of_it_works_without_javascript(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/", "lead", java_script_enabled=False, viewport={"width": 390, "height": 800}) as page:
        first = page.locator("[data-row]").first
        first.get_by_role("button", name="Claim").click()
        expect(page.get_by_role("status")).to_contain_text("Claimed.")
        page.get_by_role("button", name="Undo").click()
        assert state(served, 4) == ("open", None)
        page.locator("[data-row]").first.get_by_role("link", name="Fraud").click()
        page.get_by_label("Why").fill("x")
        page.get_by_role("button", name="Fraud").click()
        assert state(served, 4) == ("closed", "fraud")
        page.locator("[data-row] input[type=checkbox]").first.check()
        page.get_by_role("button", name="Close…").click()
        page.get_by_label("Why, for all of them").fill("x")
        page.get_by_role("button", name="Closed without a verdict").click()
        assert state(served, 3) == ("closed", None)


def test_rows_change_where_they_are_and_new_ones_wait_on_a_line(chromium: Browser, served: Served) -> None:
    store, settings = served.service.store, CaseSettings()
    with served.open(chromium, "/", "lead") as page:
        order = page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)")
        keys(page, "j", "j", "x")
        page.wait_for_timeout(2500)  # the first look has been taken
        place = page.locator(f"[id={order[1]}]").bounding_box()
        with store.begin() as session:
            for case_id in order[1:3]:
                claim(session, case_id, by="analyst", now=now_ms(), settings=settings)
        put_case(store, 9, at=now_ms(), severity="critical")
        expect(page.locator(f"[id={order[1]}] .owner")).to_have_text("analyst", timeout=60_000)
        expect(page.locator("#arrived")).to_have_text("1 new", timeout=60_000)
        assert page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)") == order
        assert row_here(page) == order[1] and page.locator(f"[id={order[1]}]").bounding_box() == place
        assert page.locator(f"[id={order[1]}] input").is_checked()
        keys(page, "r")
        expect(page.locator("[data-row]")).to_have_count(6)
