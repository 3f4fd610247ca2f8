"""Hostile text on all pages in a real browser: nothing runs, nothing is asked of others, nothing breaks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ops.api.model_book import ModelBook
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.digest.told import Digests
from tests.ops.digest.test_forms import of
from tests.support.browser import Served, is_wider_than_screen
from tests.support.hostile_store import DEVICE, FIELD, HEADLINE, TEXTS, fill

pytestmark = pytest.mark.browser

RING = f"/incidents/inc-{FIELD:016x}"
PATHS = (
    "/", RING, f"{RING}/summary", f"/incidents/inc-{1:016x}", f"/incidents/inc-{2:016x}",
    *(f"/incidents/inc-{HEADLINE + number:016x}" for number in (6, 9)), f"/cases/case-{FIELD:016x}/verdict?word=legitimate",
    "/entities", f"/entities/{DEVICE}", "/alerts", f"/alerts?entity={DEVICE}", "/audit", "/rules", "/rules/R6", "/rules/P7", "/lists",
    "/lists/L6", "/models", "/overview", "/digest?day=today", "/me", "/no/such/page",
)  # fmt: skip
WIDTHS = (1440, 320)
LONGEST_WORD, LONGEST_PAGE = 2_000, 60_000
WATCH = """
window.harms = [];
window.harm = () => window.harms.push("a script ran");
document.addEventListener("securitypolicyviolation", (event) => window.harms.push(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""
FOUND = """() => ({
  harms: window.harms,
  out: [...document.querySelectorAll("[href], [action], [src], [formaction]")]
    .map((one) => one.href?.baseVal ?? one.href ?? one.action ?? one.src ?? one.formAction)
    .filter((to) => new URL(to, location.href).origin !== location.origin),
  foreign: document.querySelectorAll("main script, main img, main iframe, [onerror], [onload], [onfocus], main [style]").length,
  said: document.body.innerText,
})"""
INVISIBLE = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service on the hostile store, with models that a hostile job speaks of."""
    store = Store(StoreSettings(url=f"sqlite:{shutil.copy(sqlite_template, tmp_path_factory.mktemp('desk') / 'store.db')}"))
    fill(store)
    with Served(store) as served:
        served.app.state.digests = Digests(lambda day, now: of(store, day.name, now), served.service.clock)
        served.service.models = ModelBook(TEXTS[6], lambda _: None, lambda: [drift(text) for text in TEXTS])
        yield served
    store.close()


def drift(text: str) -> dict[str, Any]:
    of, day = {"name": text, "psi": 0.4, "noise": 0.1, "verdict": text}, "2026-11-28" if text != TEXTS[0] else text
    return {"kind": "drift", "model": text, "day": day, "until": 1, "events": 9, "score": of, "drifted": 5, "inputs": [of] * 5}


def harms(page: Page) -> dict[str, Any]:
    """Return what a page does that it should not."""
    found: dict[str, Any] = page.evaluate(FOUND)
    said = found.pop("said")
    words = [word[:40] for word in said.split() if len(word) > LONGEST_WORD]
    wide = [width for width in WIDTHS if page.set_viewport_size({"width": width, "height": 900}) or is_wider_than_screen(page)]
    of_text = {"words": words, "long": len(said) > LONGEST_PAGE and len(said), "invisible": INVISIBLE.findall(said)[:3]}
    return {name: what for name, what in {**found, **of_text, "wide": wide}.items() if what}


def test_no_page_is_harmed(chromium: Browser, served: Served) -> None:
    asked: list[str] = []
    with served.open(chromium, "/me", "admin") as page:
        page.add_init_script(WATCH)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
        found = {}
        for path in PATHS:
            answer = page.goto(path)
            found[path] = harms(page)
            if answer is None or answer.status != (404 if path == "/no/such/page" else 200):
                found[path]["main"] = page.inner_text("main")
        assert not any(found.values()), "\n".join(f"{path}: {what}" for path, what in found.items() if what)
    assert [url for url in asked if not url.startswith(served.address + "/")] == []


def test_what_a_person_types_comes_back_as_text(chromium: Browser, served: Served) -> None:
    """In forms that are refused, in a rule that is checked while it is written, and in a bulk preview."""
    with served.open(chromium, "/", "lead") as page:
        page.add_init_script(WATCH)
        page.goto("/")
        page.get_by_label("Choose all").check()
        page.get_by_role("button", name="Fraud…").click()
        page.get_by_label("Why, for all of them").wait_for()
        assert harms(page) == {}
        page.goto("/?q=" + "%3Cscript%3Eharm()%3C/script%3E%22%27%3E")
        assert harms(page) == {}
        for text in (TEXTS[1], TEXTS[4]):
            page.goto("/rules/draft/new")
            page.locator("textarea[name=rule]").fill(f"when: {{field: {text!r}, is: {text!r}}}\ndecision: {text!r}\ntext: x\n")
            page.get_by_role("button", name="Check").click()
            page.wait_for_load_state()
            assert harms(page) == {}
