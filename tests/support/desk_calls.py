"""The desk's pages called as a browser calls them, without one: cookies, forms, redirects."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from ops.access.access import Access
from ops.access.passwords import new_password_hash
from ops.access.roles import Role
from ops.access.users import add_user
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.control_changes import ControlDesk
from ops.cases.control_files import ControlFiles
from ops.cases.store import Store
from ops.desk.app import desk_app
from tests.support.api_calls import BASE, PASSWORD
from tests.support.case_samples import NOW
from tests.support.control_samples import NAMES, PSEUDONYMS

HTML = {"Accept": "text/html,application/xhtml+xml"}
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]*)"')


class Pages:
    """The app on a store with a user of each role; `now` is its clock."""

    def __init__(self, store: Store, people: bool = True, **settings: Any) -> None:
        self.store, self.now = store, NOW
        its = ServiceSettings(**settings)
        control = ControlDesk(NAMES, PSEUDONYMS, "redis:control", ControlFiles(its.control_files))
        access = Access(store, its.access, lambda: self.now)
        self.service = Service(its, store, access, pseudonyms=PSEUDONYMS, control=control, clock=lambda: self.now)
        if people:
            add_people(store)
        self.app = desk_app(self.service)

    def nobody(self) -> Visitor:
        """Return somebody who has not signed in."""
        return Visitor(self.app)

    def visitor(self, name: str) -> Visitor:
        """Return somebody who has signed in."""
        visitor = self.nobody()
        answer = visitor.post("/sign-in", name=name, password=PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
        return visitor


class Visitor:
    """A browser without a screen."""

    def __init__(self, app: Any) -> None:
        self.client = TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False, headers=HTML)
        self.csrf: str | None = None

    def get(self, path: str, status: int = 200) -> str:
        """Return the text of a page."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def post(self, path: str, **fields: Any) -> Response:
        """Send a form with the CSRF token of a page, as that page does."""
        if "csrf" not in fields:
            if self.csrf is None and (found := _CSRF.search(self.client.get("/me").text)):
                self.csrf = found[1]
            fields = {"csrf": self.csrf or "", **fields}
        return self.client.post(path, data=fields)

    def act(self, path: str, **fields: Any) -> str:
        """Send a form that works, and return where it leads."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


def add_people(store: Store) -> None:
    """Add a user of each role, called as the role."""
    hashed = new_password_hash(PASSWORD, "")
    with store.begin() as session:
        for role in Role.people():
            add_user(session, role, role, hashed, "test", 1)


def plain(page: str) -> str:
    """Return the text of a page without its tags, spaces joined."""
    without = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(without).split())
