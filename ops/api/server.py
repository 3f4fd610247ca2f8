"""The server around the app: uvicorn, with limits for slow clients, a bound for headers, and a soft end."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from domain.errors import SettingError
from ops.api.service import Service
from ops.api.settings import ServiceSettings

HEADER_BYTES = 32 * 1024
"""Most bytes of a request line and its headers; httptools itself knows no bound."""


def protocol_of(slow_s: float) -> type[HttpToolsProtocol]:
    """Return the protocol whose clients have `slow_s` seconds for their headers, and to take an answer.

    A body that is not whole after twice that time ends its connection: the app answers it earlier, but a
    client could go on with it for ever.
    """

    class Timed(HttpToolsProtocol):
        """A connection that is closed when its client is too slow."""

        _unread = 0
        _headers_due: asyncio.TimerHandle | None = None
        _body_due: asyncio.TimerHandle | None = None
        _writing_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Begin to wait for the first headers: called by asyncio."""
            super().connection_made(transport)
            self._expect_headers()

        def connection_lost(self, exc: Exception | None) -> None:
            """Forget the timers: called by asyncio at the end."""
            _cancel(self._headers_due)
            _cancel(self._body_due)
            _cancel(self._writing_due)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Take bytes, and close what sends headers without an end."""
            if self._headers_due is not None:
                self._unread += len(data)
                if self._unread > HEADER_BYTES + 65_536:  # asyncio hands on at most 64 KiB at once, a body's begin among them
                    self.transport.close()
                    return
            super().data_received(data)

        def on_message_begin(self) -> None:
            """Begin to wait for the headers of a request: called by httptools at its first byte."""
            super().on_message_begin()
            if self._headers_due is None:
                self._expect_headers()

        def on_header(self, name: bytes, value: bytes) -> None:
            """Take a header, and refuse more than the bound."""
            super().on_header(name, value)
            if sum(len(name) + len(value) for name, value in self.headers) > HEADER_BYTES:
                raise ValueError("headers are too large")

        def on_headers_complete(self) -> None:
            """Wait for headers no more."""
            _cancel(self._headers_due)
            self._headers_due = None
            self._body_due = self.loop.call_later(2 * slow_s, self.transport.abort)
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            """Wait for the body no more: called by httptools."""
            _cancel(self._body_due)
            super().on_message_complete()

        def pause_writing(self) -> None:
            """Begin to wait for a client that does not take its answer: called by asyncio."""
            super().pause_writing()
            self._writing_due = self.loop.call_later(slow_s, self.transport.abort)

        def resume_writing(self) -> None:
            """Wait for it no more."""
            _cancel(self._writing_due)
            super().resume_writing()

        def _expect_headers(self) -> None:
            self._unread = 0
            self._headers_due = self.loop.call_later(slow_s, self.transport.abort)

    return Timed


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


class Server(uvicorn.Server):
    """A server that says that it is not ready before it ends, and then answers what it has begun."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

        self._ends_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end at the first signal, end at once at the second: called by Python."""
        self._captured_signals.append(sig)
        if self.service.stopping:
            self.should_exit = self.force_exit = True
            return
        self.service.stopping = True
        self._ends_at = time.monotonic() + self.service.settings.drain_s

    async def on_tick(self, counter: int) -> bool:
        """Return whether the end is due: called by uvicorn ten times a second."""
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def listener_of(settings: ServiceSettings) -> socket.socket:
    """Return the socket at `service.host` and `service.port`; raise `SettingError` if it cannot listen."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        place = f"service.host {settings.host}, service.port {settings.port}"
        raise SettingError(
            f"{place}: nothing can listen there ({os.strerror(error.errno or 0)}); give another --port, or end what does"
        ) from None


def server_of(app: FastAPI, settings: ServiceSettings) -> Server:
    """Return the server of an app; `run(sockets=[...])` serves until SIGTERM or Ctrl-C."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol_of(settings.slow_s),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=settings.most_connections,
        timeout_keep_alive=int(settings.keep_alive_s),
        timeout_graceful_shutdown=int(settings.shutdown_s),
    )
    return Server(config, app.state.service)
