"""A summary rated and corrected in a real browser, by keys, and without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from domain.times import now_ms
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.browser import Served, is_wider_than_screen, violations
from tests.support.feedback_samples import put_summed_up

pytestmark = pytest.mark.browser

pytest_plugins = ["tests.support.browser_fixture"]


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path / 'desk.db')}"))
    put_summed_up(store, 1, at=now_ms() - 60_000)
    with Served(store) as served:
        yield served
    store.close()


PATH = "/incidents/inc-0000000000000001"


def test_it_is_corrected_by_keys_and_the_page_says_what_is_wrong(chromium: Browser, served: Served) -> None:
    with served.open(chromium, PATH, "analyst") as page:
        page.keyboard.press("s")
        expect(page.locator("h1")).to_have_text("Is this summary good?")
        page.keyboard.press("l")
        page.get_by_label("It should say this:").check()
        page.get_by_label("Explanation").fill("12 accounts raised 13 alerts within 11 minutes.")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("alert")).to_have_text('"13" is no fact')
        assert violations(page) == []
        for width in (390, 320, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert (width, is_wider_than_screen(page)) == (width, False)
        page.get_by_label("Explanation").fill("12 accounts raised 12 alerts within 11 minutes.")
        page.keyboard.press("Control+Enter")
        expect(page).to_have_url(f"{served.address}{PATH}")
        page.keyboard.press("s")
        expect(page.locator(".comments")).to_contain_text("not good, corrected, revision 1")


def test_it_works_without_javascript(chromium: Browser, served: Served) -> None:
    with served.open(chromium, PATH, "analyst", java_script_enabled=False) as page:
        page.get_by_role("link", name="Rate or correct it").click()
        page.locator("input[value=good]").check()
        page.get_by_role("button", name="Send").click()
        expect(page).to_have_url(f"{served.address}{PATH}")
