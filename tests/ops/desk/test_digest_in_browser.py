"""The digest in a real browser: axe, widths, the days beside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.digest.told import Digests
from tests.ops.digest.test_forms import of
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations
from tests.support.digest_samples import DAYS, NOW, fill

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of three days."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('desk') / 'store.db')}"))
    fill(store)
    with Served(store) as served:
        served.app.state.digests = Digests(lambda day, now: of(store, day.name, now), lambda: NOW)
        yield served
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_can_be_read_by_everybody(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, f"/digest?day={DAYS[1]}", "viewer", color_scheme=scheme) as page:
        for width in (*WIDTHS, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert (width, is_wider_than_screen(page), violations(page)) == (width, False, [])


def test_one_goes_from_day_to_day(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/digest", "viewer") as page:
        page.get_by_role("link", name="The day before").click()
        expect(page.locator("h1")).to_have_text("Tuesday, 3 March 2026")
        page.get_by_label("Day in UTC").fill(DAYS[0])
        page.get_by_role("button", name="Show").click()
        page.wait_for_url(f"**/digest?day={DAYS[0]}")
        expect(page.locator("h1")).to_have_text("Monday, 2 March 2026")
