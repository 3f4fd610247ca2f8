"""The pages in a real browser: axe finds nothing, no page is too wide, keys go where they should."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations
from tests.support.case_samples import put_case

pytestmark = pytest.mark.browser

PATHS = ("/", "/?show=closed", "/incidents/inc-0000000000000005", "/me", "/nothing")


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with some cases and a user of each role."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('desk') / 'store.db')}"))
    for number in range(6):
        put_case(store, number, severity=("medium", "high", "critical")[number % 3])
    with Served(store) as served:
        yield served
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(chromium: Browser, served: Served, path: str, scheme: str) -> None:
    with served.open(chromium, path, "lead", color_scheme=scheme) as page:
        assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_the_sign_in(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/", color_scheme=scheme) as page:
        page.get_by_label("Name").fill("lead")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("width", [*WIDTHS, 320])
@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_the_screen(chromium: Browser, served: Served, path: str, width: int) -> None:
    with served.open(chromium, path, "lead", viewport={"width": width, "height": 800}) as page:
        assert not is_wider_than_screen(page)


def test_the_queue_is_walked_by_keys(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/", "analyst") as page:
        opened = page.locator("[data-row]")
        for key, row in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.closest('[data-row]')?.id") == opened.nth(row).get_attribute("id")
        page.keyboard.press("/")
        page.keyboard.type("accounts 3")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=accounts+3")
        assert opened.count() == 1
        page.keyboard.press("?")
        page.locator("#keys").wait_for(state="visible")
        page.keyboard.press("Escape")
        page.locator("#keys").wait_for(state="hidden")
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_url("**/me")
