"""A real browser, Debian's chromium, and a service on a port of this machine for it to open."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from domain.times import now_ms
from ops.access.access import Access
from ops.api.server import server_of
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.control_changes import ControlDesk
from ops.cases.control_files import ControlFiles
from ops.cases.store import Store
from ops.desk.app import desk_app
from tests.support.api_calls import PASSWORD
from tests.support.control_samples import NAMES, PSEUDONYMS
from tests.support.desk_calls import add_people

FLAGS = (
    "--headless", "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-gpu", "--disable-dev-shm-usage",
)  # fmt: skip
WIDTHS = (1440, 1024, 390)
SCHEMES = ("light", "dark")
_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
_STARTS_S, _ENDS_S = 30.0, 30.0
_PATIENCE_MS = 60_000  # for what a page shows when others use the machine


@contextmanager
def browser_running() -> Iterator[Browser]:
    """Lend a browser; without one the test is skipped, but not in CI."""
    path = shutil.which("chromium")
    if path is None:
        assert os.environ.get("CI") != "true", "CI has no chromium: .ci/run installs it"
        pytest.skip("chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Served:
    """A service of a store on a port of its own. Without `people` nobody need sign in."""

    def __init__(self, store: Store, people: bool = True, clock: Callable[[], int] = now_ms, **settings: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        its = ServiceSettings(port=self.port, drain_s=0, shutdown_s=2, **settings)
        control = ControlDesk(NAMES, PSEUDONYMS, "redis:control", ControlFiles(its.control_files))
        access = Access(store, its.access, clock)
        self.service = Service(its, store, access, pseudonyms=PSEUDONYMS, control=control, clock=clock)
        if people:
            add_people(store)
        self.app: FastAPI = desk_app(self.service)
        self._cookies: dict[str, Any] = {}
        self._server = server_of(self.app, its)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self.listener]})

    def __enter__(self) -> Served:
        self._thread.start()
        until = time.monotonic() + _STARTS_S
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.service.stopping = True
        self._server.should_exit = True
        self._thread.join(_ENDS_S)
        assert not self._thread.is_alive()

    @contextmanager
    def open(self, browser: Browser, path: str = "/", who: str | None = None, **options: Any) -> Iterator[Page]:
        """Lend a page of a fresh browser profile, signed in as somebody; complaints of it fail the test."""
        signed_in = self._signed_in(browser, who) if who else None
        options = {"viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(base_url=self.address, storage_state=signed_in, **options)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(path)
        yield page
        context.close()
        assert [one for one in complaints if "Failed to load resource" not in one] == []

    def _signed_in(self, browser: Browser, who: str) -> Any:
        """Return the cookies of somebody who has signed in, once for all pages."""
        if who not in self._cookies:
            context = browser.new_context(base_url=self.address)
            sign_in(context.new_page(), who)
            self._cookies[who] = context.storage_state()
            context.close()
        return self._cookies[who]


def sign_in(page: Page, name: str, path: str = "/") -> None:
    """Sign in by name and password, and go on to a page."""
    page.goto(path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on the page as it is, a line each."""
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def is_wider_than_screen(page: Page) -> bool:
    """Return whether one must scroll sideways to see all of a page."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))
