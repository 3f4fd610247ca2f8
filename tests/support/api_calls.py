"""Clients of an app in the test's own process: each a browser or program of its own."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from fastapi import FastAPI
from fastapi.testclient import TestClient

BASE = "http://127.0.0.1:8080"
PASSWORD = "correct horse battery"


class Calls:
    """Makes clients of one app; its lifespan lasts as long as the context."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._stack = ExitStack()

    def __enter__(self) -> Calls:
        self._stack.enter_context(TestClient(self.app, base_url=BASE))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def nobody(self) -> TestClient:
        """A client that says nothing of who it is."""
        return TestClient(self.app, base_url=BASE)

    def session(self, name: str) -> TestClient:
        """A client that has logged in and sends its CSRF token."""
        client = self.nobody()
        answer = client.post("/v1/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def token(self, role: str) -> TestClient:
        """A client with a token of the role: of the user of that name, or of a program."""
        maker = self.session("admin" if role == "checkout" else role)
        made = maker.post("/v1/tokens", json={"name": "test", "role": role})
        assert made.status_code == 201, made.text
        client = self.nobody()
        client.headers["Authorization"] = f"Bearer {made.json()['token']}"
        return client
