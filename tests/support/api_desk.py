"""A service on a store, called as people of every role."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from ops.access.roles import Caller, Role
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.control_changes import ControlDesk
from ops.cases.control_files import ControlFiles
from ops.cases.store import Store
from ops.desk.app import desk_app
from tests.support.control_samples import NAMES, PSEUDONYMS, START

BASE = "http://127.0.0.1:8080"
PEOPLE = {
    "vera": Caller("vera", Role.VIEWER, user_id=1),
    "anna": Caller("anna", Role.ANALYST, user_id=2),
    "ben": Caller("ben", Role.ANALYST, user_id=3),
    "lea": Caller("lea", Role.LEAD, user_id=4),
    "leo": Caller("leo", Role.LEAD, user_id=5),
    "ada": Caller("ada", Role.ADMIN, user_id=6),
    "shop": Caller("shop", Role.CHECKOUT, token=7),
    "robot": Caller("robot", Role.LEAD, token=8),
}
"""Name, which is the token as well -> who it is. Robot and shop are programs."""
OF_ROLE = {"viewer": "vera", "analyst": "anna", "lead": "lea", "admin": "ada", "checkout": "shop"}


class Doorman:
    """What knows the tokens of `PEOPLE`."""

    @property
    def tokens(self) -> Doorman:
        """Its memory of tokens, which is itself."""
        return self

    def forget(self) -> None:
        """Forget no token: these are valid for ever."""

    async def caller(self, asked: Any) -> Caller | None:
        token = asked.token if hasattr(asked, "token") else asked.headers.get("authorization", "").removeprefix("Bearer ")
        return PEOPLE.get(token or "")


class Desk:
    """The app of a service on a store; `now` is its clock."""

    def __init__(self, store: Store, **settings: Any) -> None:
        self.store, self.now = store, START
        its = ServiceSettings(**settings)
        control = ControlDesk(NAMES, PSEUDONYMS, "redis:control", ControlFiles(its.control_files))
        self.service = Service(its, store, Doorman(), pseudonyms=PSEUDONYMS, control=control, clock=lambda: self.now)
        self.client = TestClient(desk_app(self.service), base_url=BASE, raise_server_exceptions=False, follow_redirects=False)

    def at_most_blocks(self, most: int) -> None:
        """Let one person undo so many blocks."""
        settings = self.service.settings
        self.service.settings = replace(settings, cases=replace(settings.cases, four_eyes_blocks=most))

    def call(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> Response:
        headers = {"Authorization": f"Bearer {who}", **more.pop("headers", {})}
        return self.client.request(method, path, json=body, headers=headers, **more)

    def get(self, path: str, who: str = "vera", **params: Any) -> Any:
        """Return the body of an answer 200."""
        answer = self.call(who, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, path: str, who: str = "vera", **params: Any) -> list[Any]:
        """Return the rows of all pages."""
        found, cursor = [], None
        for _ in range(1000):
            page = self.get(path, who, **params, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found
        raise AssertionError("it never ends")
