"""What reaches no route: other hosts, tricks with paths, large bodies; and what every answer carries."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from ops.api import rights
from ops.api.rights import PUBLIC, RIGHTS, routes_of
from ops.api.security import HEADERS
from ops.api.service import Service
from tests.support.api_calls import BASE, Calls


@pytest.fixture
def echo(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the app with two routes more: one counts bytes, one fails."""
    router = routes_of("test")

    @router.post("/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    @router.get("/fail/{name}")
    def fail(name: str) -> None:
        raise RuntimeError(f"secret of {name}")

    monkeypatch.setitem(RIGHTS, ("POST", "/count"), PUBLIC)
    monkeypatch.setitem(RIGHTS, ("GET", "/fail/{name}"), PUBLIC)
    app.include_router(router)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/nothing", "/v1/users", "/fail/x", "/docs", "/%2e%2e/etc/passwd"],
)
def test_every_answer_carries_the_headers(echo: TestClient, people: Service, path: str) -> None:
    answer = echo.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert len(answer.headers["x-request-id"]) == 16
    assert "server" not in answer.headers


def test_the_policy_allows_no_other_origin_and_nothing_inline() -> None:
    parts = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert parts["default-src"] == "'none'" and parts["frame-ancestors"] == "'none'" and parts["base-uri"] == "'none'"
    assert set(parts.values()) == {"'none'", "'self'"}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "localhost/evil", "[::1", "a:b:c"]
)
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    """DNS rebinding: a page of another name must not reach a service on this machine."""
    answer = client.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]:99"])
def test_this_machines_names_are_taken(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/docs/../v1/users", "/docs/%2e%2e/v1/users", "/v1%2fusers", "/v1%5cusers", "//v1/users", "/v1/users%00", "/v1/./users",
     "/v1/users/%2E%2E/tokens", "/v1\\users", "/v1/users%0d%0aX-Evil:1", "/v1//users"],
)  # fmt: skip
def test_a_path_that_can_be_read_in_two_ways_is_refused(app: FastAPI, path: str) -> None:
    assert answered(app, path.encode()) == 400


@pytest.mark.parametrize("path", ["/v1/users/", "/V1/users", "/v1/users;x", "/v1/users.json", "/v1/users%20", "/healthz/x", "/%ff"])
def test_a_path_that_is_nearly_one_is_none(app: FastAPI, people: Service, path: str) -> None:
    assert answered(app, path.encode()) in (404, 401)


def answered(app: FastAPI, raw_path: bytes) -> int:
    """The status of an answer to a path as it is sent: clients would clean it."""
    import asyncio
    from urllib.parse import unquote

    found: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            found.append(int(str(message["status"])))

    scope = {
        "server": ("127.0.0.1", 8080), "type": "http", "method": "GET", "raw_path": raw_path, "path": unquote(raw_path.decode()),
        "headers": [(b"host", b"localhost")],
        "query_string": b"", "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1),
        "root_path": "",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return found[0]


# --- bodies
# ----------------------------------------------------------------------------------------------------

LIMIT = 1024 * 1024


def chunks(size: int) -> Iterator[bytes]:
    for at in range(0, size, 65_536):
        yield b"x" * min(65_536, size - at)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_at_the_limit_is_taken_and_a_larger_one_is_not(echo: TestClient, chunked: bool) -> None:
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413), (3 * LIMIT, 413)):
        answer = echo.post("/count", content=chunks(size) if chunked else b"x" * size)
        assert answer.status_code == status, size


def test_a_length_that_is_not_so_does_not_help(echo: TestClient) -> None:
    answer = echo.post("/count", content=chunks(2 * LIMIT), headers={"Content-Length": "5"})
    assert answer.status_code == 413


def test_who_may_not_call_is_told_before_the_body_is_read(calls: Calls) -> None:
    read = 0

    def body() -> Iterator[bytes]:
        nonlocal read
        read += 1
        yield b"{"

    answer = calls.nobody().post("/v1/users", content=body(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert calls.nobody().post("/v1/users", content=b"{no json", headers={"Content-Type": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{no json", b'"\\ud800"', b"[" * 50_000, b'{"name": 5}', b'{"name": "a", "name": "b"}', b"\xff\xfe", b"1e999"],
)
def test_a_body_that_is_wrong_is_a_problem(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/users", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" * 10_000, "body: it nests deeper than 32 levels"),
        (b'{"name": "\xff"}', "body: it is no UTF-8; send JSON in UTF-8"),
        (b"9" * 5000, "body: a number has too many digits, or is none that JSON has"),
    ],
    ids=["deep", "no UTF-8", "digits"],
)
def test_a_body_that_cannot_be_read_is_told_why(client: TestClient, body: bytes, said: str) -> None:
    answer = client.post("/v1/users", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (422, said)


@pytest.mark.parametrize(
    ("body", "status", "title"), [(b"{}", 422, "Unprocessable Content"), (b"x" * LIMIT + b"x", 413, "Content Too Large")]
)
def test_titles_are_those_of_rfc_9110(client: TestClient, body: bytes, status: int, title: str) -> None:
    answer = client.post("/v1/users", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (status, title)


def test_a_problem_names_the_field_and_not_the_value(client: TestClient) -> None:
    answer = client.post("/v1/users", json={"name": "anna", "role": "anna@example.com"})
    assert (answer.status_code, answer.json()["field"]) == (422, "role")
    assert "example.com" not in answer.text


def test_what_fails_is_told_by_its_request_id_only(echo: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = echo.get("/fail/anna@example.com")
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "secret" not in answer.text and answer.json()["request_id"] == answer.headers["x-request-id"]
    assert echo.get("/healthz").status_code == 200


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "\x00", "ä" * 99])
def test_no_text_of_a_caller_gets_into_a_header(echo: TestClient, text: str) -> None:
    """Header injection: names, paths and cookies are never copied into headers."""
    answer = echo.post("/v1/session", json={"name": text, "password": text})
    assert "x-evil" not in answer.headers and answer.status_code in (401, 422)
    echo.cookies.set("ringwatch_session", "planted", domain="127.0.0.1")
    answer = echo.get("/v1/session", headers={"X-Request-ID": "planted-id", "Authorization": "Bearer planted"})
    assert "planted" not in json.dumps(dict(answer.headers))


def test_rights_are_looked_up_by_the_route_and_not_by_what_was_asked(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method in small letters or an override header is not another right."""
    viewer = calls.session("viewer")
    for headers in ({"X-HTTP-Method-Override": "GET"}, {"X-Original-URL": "/healthz"}, {"X-Forwarded-Prefix": "/healthz"}):
        assert viewer.post("/v1/users", json={}, headers=headers).status_code == 403
    assert rights.RIGHTS["POST", "/v1/users"] == rights.ADMIN
