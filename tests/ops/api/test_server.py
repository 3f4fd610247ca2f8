"""The real server on a real socket: slow clients, endless headers, smuggling, a soft end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI, Request

from domain.errors import SettingError
from ops.access.access import Access
from ops.api.app import create_app
from ops.api.connection import HEADER_BYTES, HEADERS
from ops.api.rights import PUBLIC, RIGHTS, routes_of
from ops.api.server import Server, listener_of, server_of
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.store import Store

SLOW_S = 0.6
FOREVER_S = 30.0  # a busy machine takes seconds for what an idle one does at once


class Running:
    """A server in a thread of its own."""

    def __init__(self, service: Service, app: FastAPI, loop: str) -> None:
        self.service = service
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server: Server = server_of(app, service.settings)
        self.thread = threading.Thread(target=self._serve, args=(loop,))

    def __enter__(self) -> Running:
        self.thread.start()
        until = time.monotonic() + 60
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(2 * FOREVER_S)
        assert not self.thread.is_alive()

    def _serve(self, loop: str) -> None:
        if loop == "uvloop":
            self.server.run(sockets=[self.listener])
        else:
            asyncio.run(self.server.serve(sockets=[self.listener]))

    def connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port))
        made.settimeout(2 * FOREVER_S)
        return made

    def ask(self, raw: bytes) -> bytes:
        with self.connect() as one:
            one.sendall(raw)
            return everything(one)


def everything(one: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while part := one.recv(65_536):
            found += part
    return found


@pytest.fixture
def running(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Running]:
    loop, slow_s = getattr(request, "param", ("uvloop", SLOW_S))
    settings = ServiceSettings(slow_s=slow_s, keep_alive_s=1, drain_s=4, shutdown_s=30, most_connections=40)
    service = Service(settings, sqlite_store, Access(sqlite_store, settings.access))
    app, router = create_app(service), routes_of("test")

    @router.post("/count")
    async def count(request: Request) -> int:
        return len(await request.body())

    @router.get("/wait")
    async def wait(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    @router.get("/large")
    async def large() -> str:
        return "x" * 30_000_000

    for key in (("POST", "/count"), ("GET", "/wait"), ("GET", "/large")):
        monkeypatch.setitem(RIGHTS, key, PUBLIC)
    app.include_router(router)
    with Running(service, app, loop) as running:
        yield running


both_loops = pytest.mark.parametrize("running", [("uvloop", SLOW_S), ("asyncio", SLOW_S)], ids=("uvloop", "asyncio"), indirect=True)
patient = pytest.mark.parametrize("running", [("uvloop", FOREVER_S), ("asyncio", FOREVER_S)], ids=("uvloop", "asyncio"), indirect=True)
"""For large bodies: a busy machine takes longer over them than SLOW_S."""


HEAD = b"Host: localhost\r\nConnection: close\r\n"
OK = b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n"


def seconds_until_closed(running: Running, first: bytes, drip: bytes = b"", every_s: float = 0.1) -> float:
    """How long a connection lives that says `first`, and then `drip` again and again."""
    began = time.monotonic()
    with running.connect() as one:
        one.sendall(first)
        one.settimeout(every_s)
        while time.monotonic() < began + FOREVER_S:
            try:
                if one.recv(65_536) == b"":
                    break
            except TimeoutError:
                with contextlib.suppress(ConnectionError):
                    one.sendall(drip)
            except ConnectionError:
                break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""), (b"GET /healthz HTTP/1.1\r\n", b""), (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"X-A: b\r\n"), (b"G", b""),
        (b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n", b"x"),
        (b"POST /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea", b"l"),
    ],
    ids=["nothing", "a line", "headers without end", "a letter", "a slow body", "slow chunks", "a slow second request"],
)  # fmt: skip
def test_a_slow_client_is_closed(running: Running, first: bytes, drip: bytes) -> None:
    assert SLOW_S * 0.8 <= seconds_until_closed(running, first, drip) < FOREVER_S


def test_slow_clients_keep_nobody_else_waiting(running: Running) -> None:
    slow = [running.connect() for _ in range(30)]
    for one in slow:
        one.sendall(b"GET /healthz HTTP/1.1\r\n")
    began = time.monotonic()
    assert running.ask(OK).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < FOREVER_S
    for one in slow:
        assert everything(one) == b""
        one.close()


def test_more_connections_than_allowed_are_told_so(running: Running) -> None:
    held = [running.connect() for _ in range(40)]
    head, _, body = running.ask(OK).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503") and b"retry-after: 1" in head and b"x-frame-options: DENY" in head
    assert "service.most_connections" in json.loads(body)["detail"]
    for one in held:
        one.close()
    time.sleep(0.1)
    assert running.ask(OK).startswith(b"HTTP/1.1 200")


def test_a_client_that_takes_no_answer_is_closed(running: Running) -> None:
    with running.connect() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(b"GET /large HTTP/1.1\r\n" + HEAD + b"\r\n")
        until = time.monotonic() + FOREVER_S
        while not running.server.server_state.connections and time.monotonic() < until:
            time.sleep(0.01)
        while running.server.server_state.connections and time.monotonic() < until:
            time.sleep(0.05)
        assert time.monotonic() < until, "the connection is still there"


@pytest.mark.parametrize("size", [HEADER_BYTES + 1, 10 * HEADER_BYTES, 100 * HEADER_BYTES])
@pytest.mark.parametrize("shape", ["one header", "many headers", "the path", "no end of line"])
def test_endless_headers_are_refused(running: Running, size: int, shape: str) -> None:
    head = {
        "one header": b"GET /healthz HTTP/1.1\r\n" + HEAD + b"X: " + b"x" * size + b"\r\n\r\n",
        "many headers": b"GET /healthz HTTP/1.1\r\n" + HEAD + b"X: y\r\n" * (size // 2) + b"\r\n",
        "the path": b"GET /" + b"x" * size + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
        "no end of line": b"GET /healthz HTTP/1.1\r\n" + HEAD + b"X" * size,
    }[shape]
    with running.connect() as one, contextlib.suppress(ConnectionError):
        one.sendall(head)
        assert not everything(one).startswith(b"HTTP/1.1 2")
    assert running.ask(OK).startswith(b"HTTP/1.1 200")


def many_headers(count: int, name: bytes = b"a") -> bytes:
    return b"GET /healthz HTTP/1.1\r\n" + HEAD + (name + b":\r\n") * (count - 2) + b"\r\n"


def test_headers_are_bounded_in_number_too(running: Running) -> None:
    assert running.ask(many_headers(HEADERS)).startswith(b"HTTP/1.1 200")
    answer = running.ask(many_headers(HEADERS + 1))
    assert answer.startswith(b"HTTP/1.1 431 ") and b"at most 100 headers" in answer


@both_loops
def test_empty_headers_without_end_keep_nobody_waiting(running: Running) -> None:
    """Work for each header that grows with their number stops the service: 23,000 of them took 52 s."""
    with running.connect() as one, contextlib.suppress(ConnectionError):
        one.sendall(many_headers(23_000))
        began = time.monotonic()
        assert running.ask(OK).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 5
        assert not everything(one).startswith(b"HTTP/1.1 2")


@patient
@pytest.mark.parametrize("size", [95_000, 100_000, 250_000, 500_000, 1_000_000])
def test_a_large_body_in_one_write_with_its_head_is_taken(running: Running, size: int) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % size
    for _ in range(3):
        assert running.ask(head + b"x" * size).endswith(b"%d" % size)


@patient
@pytest.mark.parametrize("said", [b"Content-Length: %d\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n%x\r\n"], ids=["said", "chunked"])
def test_a_body_that_is_too_large_is_answered_however_it_is_sent(running: Running, said: bytes) -> None:
    size = 5_000_000
    raw = b"POST /count HTTP/1.1\r\n" + HEAD + said % size + b"x" * size + b"\r\n0\r\n\r\n" * said.startswith(b"T")
    for _ in range(3):
        with running.connect() as one:
            one.sendall(raw)
            time.sleep(0.1)  # a reset that came by now would take the answer with it
            head, _, body = everything(one).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ") and b"connection: close" in head.lower()
        assert json.loads(body)["status"] == 413


def test_a_body_without_end_is_answered_and_cut_off(running: Running) -> None:
    with running.connect() as one:
        one.sendall(b"POST /count HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % 10**12)
        assert one.recv(65_536).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                one.sendall(b"x" * 1_000_000)


@patient
def test_a_large_head_behind_a_large_body_is_taken(running: Running) -> None:
    """The end of a body is no part of the next request's head."""
    body, filler = b"x" * 240_000, b"X: " + b"y" * (HEADER_BYTES - 1000) + b"\r\n"
    first = b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = running.ask(first + body + b"GET /healthz HTTP/1.1\r\n" + filler + HEAD + b"\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2


def test_trailers_are_bounded_and_are_no_headers(running: Running) -> None:
    head = b"POST /count HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    assert running.ask(head + b"Host: evil.example\r\n\r\n").endswith(b"1")
    with running.connect() as one, contextlib.suppress(ConnectionError):
        one.sendall(head + b"a:\r\n" * 200_000 + b"\r\n")
        assert b"HTTP/1.1 2" not in everything(one)


def test_empty_lines_hold_no_connection(running: Running) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert seconds_until_closed(running, asked, b"\r\n") < 10
    assert seconds_until_closed(running, b"", b"\r\n") < 10


def test_what_is_no_http_is_told_as_a_problem(running: Running) -> None:
    head, _, body = running.ask(b"nonsense\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"content-type: application/problem+json" in head
    assert b"x-frame-options: deny" in head.lower() and b"connection: close" in head
    told = json.loads(body)
    assert (told["status"], told["title"], len(told["request_id"])) == (400, "Bad Request", 16)


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX : y\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /healthz\x00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["both lengths", "two lengths", "less than nothing", "two hosts", "no host", "space in a name", "absolute", "nul", "tls"],
)
def test_what_can_be_read_in_two_ways_is_refused(running: Running, raw: bytes) -> None:
    assert not running.ask(raw).startswith(b"HTTP/1.1 2")


def test_a_smuggled_second_request_is_not_answered(running: Running) -> None:
    inner = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /count HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(inner)
    assert running.ask(head + inner + b"....").count(b"HTTP/1.1 ") == 1


def test_idle_connections_are_closed(running: Running) -> None:
    with running.connect() as one:
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        assert everything(one).startswith(b"HTTP/1.1 200")
        assert 0.5 < time.monotonic() - began < FOREVER_S


@both_loops
def test_a_request_that_came_before_its_connection_was_closed_is_answered(running: Running) -> None:
    """The time of an idle connection is over while the server was busy, and a request waits to be read."""
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    busy, sent = threading.Event(), threading.Event()
    with running.connect() as one:
        one.sendall(asked)
        first = b""
        while not first.endswith(b'{"status":"ok"}'):
            first += one.recv(65_536)
        [connection] = running.server.server_state.connections

        def late() -> None:
            busy.set()
            sent.wait(FOREVER_S)
            connection.timeout_keep_alive_handler()  # type: ignore[union-attr]

        connection.loop.call_soon_threadsafe(late)
        assert busy.wait(FOREVER_S)
        one.sendall(asked)
        sent.set()
        assert everything(one).startswith(b"HTTP/1.1 200")


def test_at_its_end_it_is_not_ready_first_and_answers_what_it_began(running: Running) -> None:
    with running.connect() as one:
        one.sendall(b"GET /wait?seconds=6 HTTP/1.1\r\n" + HEAD + b"\r\n")
        time.sleep(0.5)
        running.server.handle_exit(15, None)
        assert running.ask(b"GET /readyz HTTP/1.1\r\n" + HEAD + b"\r\n").startswith(b"HTTP/1.1 503")
        assert running.ask(OK).startswith(b"HTTP/1.1 200"), "it still serves while it drains"
        assert everything(one).endswith(b'"done"')
    running.server._captured_signals.clear()
    running.thread.join(FOREVER_S)
    with pytest.raises(ConnectionError):
        running.connect()


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = replace(ServiceSettings(), port=taken.getsockname()[1])
        with pytest.raises(SettingError, match=r"service\.port .*: nothing can listen there \(Address already in use\)"):
            listener_of(settings)
