"""The page of questions in a real browser: by keys, on a phone, in the dark, without JavaScript."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ops.assistant.asker import Asker
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.asked_month import NOW, month
from tests.support.browser import SCHEMES, WIDTHS, Served, is_wider_than_screen, violations
from tests.support.scripted_questions import ScriptedModel, call, rows

pytestmark = pytest.mark.browser


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


class Waiting(ScriptedModel):
    """A model that says its last turn when it may."""

    may_end = threading.Event()

    async def say(self, messages: Sequence[Mapping[str, str]]) -> str:
        if len(self.heard):
            await asyncio.to_thread(self.may_end.wait, 30)
        return await super().say(messages)


def test_steps_are_shown_while_a_model_is_asked(chromium: Browser, served: Served) -> None:
    turns = call("count", measure="alerts", where={"decision": "block"}, window="2026-01"), rows("T1")
    served.app.state.asker = Asker(lambda: Waiting(*turns))
    with served.open(chromium, "/ask", viewport={"width": 390, "height": 900}) as page:
        page.get_by_label("In your own words").fill("What was stopped <b>lately</b>?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status", name="What is looked at")).to_contain_text("T1: Flagged events, decision block")
        assert page.url.endswith("/ask") and not is_wider_than_screen(page) and violations(page) == []
        Waiting.may_end.set()
        expect(page.locator(".answer")).to_contain_text("rows found by scripted")
        page.go_back()
        expect(page.locator("#steps")).to_be_empty()
        page.get_by_label("or from").evaluate("element => element.type = 'text'")
        page.get_by_label("or from").fill("soon")
        page.get_by_role("button", name="How full is the queue?").click()
        expect(page.get_by_role("alert")).to_contain_text("is no time")


def test_without_javascript(chromium: Browser, served: Served) -> None:
    with served.open(chromium, "/ask", java_script_enabled=False) as page:
        page.get_by_label("or from").fill("2026-01-05")
        page.get_by_role("button", name="How many events were flagged").click()
        expect(page.locator(".answer")).to_contain_text("on 2026-01-05")
