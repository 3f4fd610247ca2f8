"""Rules, lists, models and the overview in a real browser: axe, widths, checks while one writes, keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ops.cases.control_changes import ControlDesk, Wanted
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations
from tests.support.case_samples import NOW, put_case
from tests.support.control_samples import NAMES, PSEUDONYMS

pytestmark = pytest.mark.browser

PATHS = ("/rules", "/rules/draft/new", "/rules/R7", "/lists", "/lists/L1", "/models", "/overview?days=400")
WHEN = {"all": [{"feature": "device.accounts_1h", "at_least": 8}]}


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a rule in two versions, entries of lists, a proposal, and blocking off."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('desk') / 'store.db')}"))
    put_case(store, 1)
    desk = ControlDesk(NAMES, PSEUDONYMS, "redis:control")
    rule = {"state": "shadow", "when": WHEN, "decision": "block", "text": "w" * 190, "expires_at": NOW + 1}
    asked = [("rule", "R7", rule), ("rule", "R7", {**rule, "state": "active"}), ("switch", "auto_block", {"on": False})]
    for number, name in enumerate(("allow", "block", "mules")):
        asked.append(("list", f"L{number}", {"list": name, "entity": f"device:{number + 1:016x}"}))
    with store.begin() as session:
        for kind, record_id, content in asked:
            desk.ask(session, Wanted(kind, record_id, content, "somebody", "w" * 190), NOW)
    with Served(store) as served:
        yield served
    store.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_and_no_page_is_too_wide(chromium: Browser, served: Served, scheme: str) -> None:
    with served.open(chromium, "/rules", "lead", color_scheme=scheme) as page:
        for path in PATHS:
            page.set_viewport_size({"width": 1440, "height": 900})
            page.goto(path)
            assert (path, violations(page)) == (path, [])
            for width in (*WIDTHS, 320):
                page.set_viewport_size({"width": width, "height": 900})
                assert (path, width, is_wider_than_screen(page)) == (path, width, False)


def test_a_rule_is_checked_while_it_is_written_and_sent_by_keys(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/rules", "lead") as page:
        page.keyboard.press("n")
        page.wait_for_url("**/rules/draft/new")
        text = page.locator("textarea[name=rule]")
        text.fill("when: {field: event_tipe, is: signup}\ndecision: investigate\ntext: sign-ups\n")
        page.get_by_text("did you mean event_type?").wait_for()
        text.fill("when: {field: event_type, is: signup}\ndecision: investigate\ntext: sign-ups\n")
        page.get_by_text("It can be read: 1 condition").wait_for()
        page.get_by_label("Id", exact=True).fill("R8")
        page.get_by_role("radio", name="shadow").check()
        page.locator("#draft").get_by_label("Why").fill("a wave")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rules/R8")
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url("**/rules")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/rules/R7")
