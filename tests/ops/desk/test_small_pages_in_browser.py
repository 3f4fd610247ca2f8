"""Pages between two others, in a real browser: verdicts, bulk previews, errors. Axe and widths."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.times import now_ms
from ops.cases.claims import claim
from ops.cases.ingest.alerts import take_alerts
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store
from tests.support.browser import SCHEMES, Served, is_wider_than_screen, violations
from tests.support.case_samples import put_case, some_alerts

pytestmark = pytest.mark.browser

ONE = "case-" + "1".zfill(16)


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """A service with three cases; of the first all events are blocked, more than one person calls wrong."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    with store.begin() as session:
        take_alerts(session, some_alerts(2, f"{1:016x}", 1000, decision="block"))
    for number in range(3):
        put_case(store, number, at=now_ms() - 60_000)
    with Served(store, cases=CaseSettings(four_eyes_blocks=0)) as served:
        yield served
    store.close()


def check(page: Page, title: str) -> None:
    expect(page.locator("h1")).to_have_text(title)
    found = violations(page)
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert (title, width, is_wider_than_screen(page)) == (title, width, False)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert (title, found) == (title, [])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_pages_of_one_act(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/", "lead", color_scheme=scheme) as page:
        for word in ("fraud", "legitimate", "inconclusive"):
            page.goto(f"/cases/{ONE}/verdict?word={word}")
            check(page, f"Verdict: {word}")
        for button, title in (
            ("Fraud…", "Verdict fraud: 3 cases"),
            ("Give to…", "Given to somebody: 3 cases"),
            ("Close…", "Closed without a verdict: 3 cases"),
        ):
            page.goto("/")
            page.get_by_label("Choose all").check()
            page.get_by_role("button", name=button).click()
            check(page, title)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_pages_of_what_cannot_be(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/", "lead", color_scheme=scheme) as page:
        for path, title in (
            ("/incidents/inc-none", "There is nothing here"),
            ("/audit", "You may not do this"),
            ("/alerts?nothing=1", "This cannot be done as it is"),
            ("/bulk/preview", "This is no page to open"),
        ):
            page.goto(path)
            check(page, title)
        page.goto(f"/cases/{ONE}/verdict?word=fraud")
        with served.service.store.begin() as session:
            claim(session, ONE, by="analyst", now=now_ms(), settings=CaseSettings())
        page.keyboard.type("too late")
        page.keyboard.press("Enter")
        check(page, "Somebody was faster")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_what_waits_for_a_second_person(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, f"/cases/{ONE}/verdict?word=legitimate", "lead", color_scheme=scheme) as page:
        check(page, "Verdict: legitimate")
        page.keyboard.type("a family")
        page.keyboard.press("Enter")
        check(page, "It waits for a second person")
        page.goto("/rules")
        check(page, "Rules")
