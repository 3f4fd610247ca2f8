"""Alerts, entities and the audit in a real browser: by axe, at widths, by keys, without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ops.cases.audit.chain import Act, audit
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.browser import SCHEMES, Served, is_wider_than_screen, violations
from tests.support.case_samples import put_case
from tests.support.incident_samples import pseudonym

pytestmark = pytest.mark.browser

DEVICE = f"device:{pseudonym(1_000_000)}"
PATHS = ("/alerts", f"/alerts?entity={DEVICE}", "/entities", f"/entities/{DEVICE}", f"/entities/device:{pseudonym(7)}", "/audit")
WIDTHS = (1440, 390, 320)


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with cases on one device, an audit of some acts, and a user of each role."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('desk') / 'store.db')}"))
    for number in range(9):
        put_case(store, number, severity=("medium", "high", "critical")[number % 3])
        with store.begin() as session:
            audit(session, Act(1, "anna", "entity.look_up", "entity:device", {"raw": True}, {"reason": "they called"}, DEVICE))
    with Served(store) as served:
        yield served
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_and_nothing_is_too_wide(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/alerts", "admin", color_scheme=scheme) as page:
        for path in PATHS:
            page.set_viewport_size({"width": 1440, "height": 800})
            page.goto(path)
            assert (path, violations(page)) == (path, [])
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert (path, width, is_wider_than_screen(page)) == (path, width, False)


def test_a_device_is_put_on_a_list_by_keys(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/alerts", "lead") as page:
        for key in ("g", "e"):
            page.keyboard.press(key)
        page.wait_for_url("**/entities")
        expect(page.get_by_label("E-mail, account")).to_be_focused()
        page.keyboard.type(DEVICE.partition(":")[2])
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/entities/{DEVICE}")
        for key in ("b", "Tab", "Tab"):
            page.keyboard.press(key)
        page.keyboard.type("chargebacks")
        page.keyboard.press("Enter")
        expect(page.locator("h1 + .flag")).to_have_text("on the list block")
        page.keyboard.press("a")
        page.wait_for_url(f"**/alerts?entity={DEVICE}")


def test_without_scripts_all_is_there(chromium: Browser, served: Served) -> None:
    with served.open(chromium, f"/entities/{DEVICE}", "lead", java_script_enabled=False) as page:
        page.get_by_label("Why", exact=True).last.fill("asked for")
        page.get_by_label("Put it on").select_option("allow")
        page.get_by_role("button", name="Put it on the list").click()
        page.get_by_text("It is not in force").wait_for()
