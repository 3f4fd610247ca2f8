"""An endpoint of a script, served over real HTTP on a port of its own, and what it counted."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from tests.llm_endpoints.asked import Asked
from tests.llm_endpoints.model import Model
from tests.llm_endpoints.reply import FREE, Bill, Reply, json_reply
from tests.llm_endpoints.rules import Memory, Rule, openai_error

KEY = "sk-test-4f0c9f31a7b2d6e8c5"
_DRIP_S = 0.1
Overlay = Callable[[Asked, Memory, Reply], Reply]
"""Changes what an endpoint sends, on the way out."""


@dataclass(frozen=True)
class Script:
    """One endpoint: rules in the order in which it checks them, and the model that answers what passes."""

    name: str
    rules: tuple[Rule, ...] = ()
    model: Model = field(default_factory=Model)
    base: str = "/v1"
    path: str | None = None
    """Of chat completions, if it is not below `base`."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What an operator sets for it besides address, key and model."""
    key_header: str = "authorization"
    lost: Reply = field(default_factory=lambda: json_reply(404, {"detail": "Not Found"}))
    """What any other path gives."""
    first: int = 1
    """Requests until a first batch of four is written, of a client that does all right."""
    later: float = 1.0
    """And for each batch afterwards."""
    unwritable: int = 0
    """How many revisions no client can have written there: the filter takes them."""
    overlay: Overlay | None = None

    def under(self, overlay: Overlay) -> Script:
        """The same endpoint with one more overlay above those it has."""
        below = self.overlay
        both = overlay if below is None else lambda asked, memory, reply: overlay(asked, memory, below(asked, memory, reply))
        return replace(self, overlay=both)

    def reply(self, asked: Asked, memory: Memory) -> Reply:
        memory.see(asked)
        reply = self._unpainted(asked, memory)
        return self.overlay(asked, memory, reply) if self.overlay else reply

    def _unpainted(self, asked: Asked, memory: Memory) -> Reply:
        if asked.path != (self.path or f"{self.base}/chat/completions"):
            return self.lost
        if KEY not in asked.headers.get(self.key_header, ""):
            return json_reply(401, openai_error("Incorrect API key provided: ***.", code="invalid_api_key"))
        for rule in self.rules:
            if (refused := rule(asked, memory)) is not None:
                return refused
        return self.model.answer(asked, memory)


@dataclass
class Counted:
    """What an endpoint counted: each request with its reply."""

    exchanges: list[tuple[Asked, Reply]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.exchanges)

    @property
    def refused(self) -> int:
        return sum(not reply.answers for _, reply in self.exchanges)

    @property
    def bill(self) -> Bill:
        return sum((reply.bill for _, reply in self.exchanges), FREE)


class Endpoint:
    """A script that is served; a context manager."""

    def __init__(self, script: Script) -> None:
        self.script, self.counted = script, Counted()
        self._memory, self._lock = Memory(), threading.Lock()
        self._server = _Server(self)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.script.base}"

    @property
    def settings(self) -> dict[str, Any]:
        """What `LlmSettings` takes to reach it."""
        return {"base_url": self.base_url, "api_key": KEY, "model": "tiny", **self.script.settings}

    def serve(self, target: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        url = urlsplit(target)
        with self._lock:
            asked = Asked(url.path, url.query, headers, raw, self.counted.requests + 1)
            reply = self.script.reply(asked, self._memory)
            self.counted.exchanges.append((asked, reply))
        return reply

    def __enter__(self) -> Endpoint:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no matter."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(self.server.endpoint.serve(self.path, {name.lower(): value for name, value in self.headers.items()}, raw))

    def _send(self, reply: Reply) -> None:
        time.sleep(reply.waits_s)
        if reply.early_hints:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        if reply.breaks == "before":
            self._break()
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.breaks == "at the end":
            self._send_without_an_end(reply)
            return
        drips = int(reply.drips_s / _DRIP_S)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body) + drips))
        self.end_headers()
        for _ in range(drips):
            self.wfile.write(b"\n")
            time.sleep(_DRIP_S)
        if reply.breaks:
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self._break()
        elif reply.status != 204:
            self.wfile.write(reply.body)

    def _send_without_an_end(self, reply: Reply) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(f"{len(reply.body):x}\r\n".encode() + reply.body + b"\r\n")
        self._break()

    def _break(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """The ledger is the log."""
