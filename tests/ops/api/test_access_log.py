"""The log: routes, never what identifies somebody."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ops.api.access_log import HUNG_UP
from ops.api.json_log import log_to
from ops.api.rights import PUBLIC, RIGHTS, routes_of
from ops.api.service import Service
from ops.desk.app import desk_app
from tests.support.api_calls import BASE, PASSWORD

SECRETS = ("anna@example.com", "inc-3f9a", "rw_planted", "4f2a-device", PASSWORD, "planted-cookie", "203.0.113.9", "pytest-agent")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    log_to(stream)
    yield stream
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_of_json(client: TestClient, log: io.StringIO) -> None:
    answer = client.get("/healthz")
    (line,) = lines(log)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"], line["level"]) == ("GET", "/healthz", 200, "info")
    assert 0 <= line["ms"] < 60_000 and line["timestamp"].endswith("Z")


def test_nothing_that_identifies_somebody_is_logged(
    app: FastAPI, people: Service, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = routes_of("test")

    @router.get("/fail/{name}")
    def fail(name: str, device: str) -> None:
        raise RuntimeError(f"no row for {name} with {device}")

    monkeypatch.setitem(RIGHTS, ("GET", "/fail/{name}"), PUBLIC)
    app.include_router(router)
    headers = {"Authorization": "Bearer rw_planted", "Cookie": "ringwatch_session=planted-cookie", "User-Agent": "pytest-agent",
               "X-Forwarded-For": "203.0.113.9", "X-Request-ID": "inc-3f9a"}  # fmt: skip
    with TestClient(app, base_url=BASE, headers=headers, raise_server_exceptions=False) as client:
        client.get("/fail/anna@example.com?device=4f2a-device")
        client.get("/nothing/inc-3f9a?q=anna@example.com")
        client.get("/v1/users/anna@example.com")
        client.get("/v1/tokens?x=inc-3f9a")
        client.post("/v1/session", json={"name": "anna@example.com", "password": PASSWORD})
        client.post("/v1/session", json={"name": "admin", "password": PASSWORD})
        client.post("/v1/session", content=b'{"name": "anna@example.com', headers={"Content-Type": "application/json"})
        client.request("anna@example.com", "/healthz")
    text = log.getvalue()
    assert [secret for secret in SECRETS if secret in text] == []
    assert len(lines(log)) == 9, "one for each request, one more for what failed"


def test_what_failed_is_logged_with_its_place(app: FastAPI, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    router = routes_of("test")

    @router.get("/fail")
    def fail() -> None:
        raise KeyError("secret")

    monkeypatch.setitem(RIGHTS, ("GET", "/fail"), PUBLIC)
    app.include_router(router)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        failed = client.get("/fail").json()
    first, second = lines(log)
    assert (first["event"], first["error"], first["request_id"]) == ("failed", "KeyError", failed["request_id"])
    assert first["where"][-1].endswith(" fail") and "test_access_log.py" in first["where"][-1]
    assert (second["status"], second["route"]) == (500, "/fail")


@pytest.mark.parametrize("path", ["/sign-in", "/v1/session"])
def test_who_leaves_before_the_request_is_whole_is_no_failure(people: Service, log: io.StringIO, path: str) -> None:
    sent = list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    kind = b"application/json" if path.startswith("/v1") else b"application/x-www-form-urlencoded"
    headers = [(b"host", urlsplit(BASE).netloc.encode()), (b"content-type", kind), (b"content-length", b"99")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": urlsplit(BASE).scheme, "path": path,
        "raw_path": path.encode(), "query_string": b"", "headers": headers, "client": ("127.0.0.1", 5), "server": ("testserver", 443),
        "root_path": "",
    }  # fmt: skip
    asyncio.run(desk_app(people)(scope, receive, send))
    (line,) = lines(log)
    assert line["event"] == "request" and line["status"] in {400, HUNG_UP}
    assert all(message.get("status", 400) == 400 for message in sent)
