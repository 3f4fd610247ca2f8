"""The server around the app: uvicorn with connections of our own, and a soft end."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from domain.errors import SettingError
from ops.api.connection import protocol_of
from ops.api.security import headers_of
from ops.api.service import Service
from ops.api.settings import ServiceSettings


class Server(uvicorn.Server):
    """A server that says that it is not ready before it ends, and then answers what it has begun."""

    def __init__(self, config: uvicorn.Config, service: Service, begin_end: Callable[[], None]) -> None:
        super().__init__(config)
        self.service, self._begin_end = service, begin_end
        self._ends_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end at the first signal, end at once at the second: called by Python."""
        self._captured_signals.append(sig)
        if self.service.stopping:
            self.should_exit = self.force_exit = True
            return
        self.service.stopping = True
        self._ends_at = time.monotonic() + self.service.settings.drain_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, also what the app has begun: uvicorn, which calls this, leaves that out in a hurry."""
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()

    async def on_tick(self, counter: int) -> bool:
        """Return whether the end is due: called by uvicorn ten times a second."""
        if self._ends_at is not None:
            self._begin_end()
            self.should_exit = self.should_exit or time.monotonic() >= self._ends_at
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


def server_of(app: FastAPI, settings: ServiceSettings, begin_end: Callable[[], None] = lambda: None) -> Server:
    """Return the server of an app; `run(sockets=[...])` serves until SIGTERM or Ctrl-C.

    `begin_end` is called from then on, more than once: what ends beside it need not wait for it.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol_of(settings.slow_s, headers_of(settings)),
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
    return Server(config, app.state.service, begin_end)
