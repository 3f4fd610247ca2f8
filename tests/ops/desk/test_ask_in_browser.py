"""The page of questions in a real browser: by keys, on a phone, in the dark, without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.asked_month import NOW, month
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    month(store, headline="A very long headline without an end " * 3 + "<b>bold</b>")
    with Served(store, people=False, clock=lambda: NOW) as served:
        yield served
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_and_no_page_is_wider_than_its_screen(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/ask", color_scheme=scheme) as page:
        for shown in ("menu", "answer"):
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert (shown, width, is_wider_than_screen(page)) == (shown, width, False)
            assert (shown, violations(page)) == (shown, [])
            page.get_by_role("button", name="Which incidents have the most money at risk?").click()
            expect(page.locator(".answer table")).to_have_count(1)


def test_a_question_by_keys(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/") as page:
        page.keyboard.press("g")
        page.keyboard.press("k")
        expect(page.locator("h1")).to_have_text("Ask")
        page.keyboard.press("/")
        page.keyboard.type("How many alerts?")
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_contain_text("Flagged events, from 2026-01-02 to 2026-01-31")
        page.keyboard.press("j")
        page.get_by_role("link", name="T2.1", exact=True).first.click()
        assert page.url.endswith("#T2.1")


def test_without_javascript(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/ask", java_script_enabled=False) as page:
        page.get_by_label("or from").fill("2026-01-05")
        page.get_by_role("button", name="How many events were flagged").click()
        expect(page.locator(".answer")).to_contain_text("on 2026-01-05")
