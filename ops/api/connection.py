"""A connection of the server: bounds for headers, limits for slow clients, problems where it is no HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from ops.api.problems import Problem, problem_response

HEADER_BYTES = 32 * 1024
"""Most bytes of a request line and its headers, and of a body's trailers; httptools itself knows no bound."""
HEADERS = 100
"""Most headers of a request, its trailers among them."""
_EACH = len(": \r\n")
_NO_HTTP = Problem(400, "this is no request of HTTP/1.1 that can be read in one way only")
_TOO_LARGE = Problem(431, f"a request has at most {HEADERS} headers, and {HEADER_BYTES // 1024} KiB of them and its path: send less")
_CROWDED = Problem(503, "there are as many connections as service.most_connections allows", None, {"Retry-After": "1"})


def protocol_of(slow_s: float, headers: Mapping[str, str]) -> type[HttpToolsProtocol]:
    """Return the protocol whose clients have `slow_s` seconds for their headers, and to take an answer.

    A body that is not whole after twice that time ends its connection: the app answers it earlier, but a
    client could go on with it for ever. `headers` go with the answers that the app does not give.
    """

    async def crowded(scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem_response(_CROWDED, secrets.token_hex(8))
        answer.headers.update({**headers, "Connection": "close"})
        await answer(scope, receive, send)

    class Timed(HttpToolsProtocol):
        """A connection that is closed when its client is too slow."""

        _unread = 0  # bytes that came of a head that has no end yet
        _mixed = False  # whether the bytes that are being taken are not of that head alone
        _bytes = _count = 0  # of the headers of this request so far
        _problem = _NO_HTTP
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
            """Take bytes, and refuse headers without an end: called by asyncio.

            It hands on up to 256 KiB at once: they count only where no body and no other head is among them.
            """
            self._mixed = False
            super().data_received(data)
            if self.transport.is_closing():
                return
            if self._headers_due is not None and not self._mixed:
                self._unread += len(data)
                if self._unread > HEADER_BYTES:
                    self._refuse(_TOO_LARGE)
            elif self._idle:  # empty lines, which are no request: without a timer they would hold it for ever
                self._expect_headers()

        @property
        def _idle(self) -> bool:
            """Whether nothing was asked that is not answered yet, and nobody waits for the next request."""
            waits = self._headers_due or self._body_due or self.timeout_keep_alive_task
            return waits is None and self.cycle.response_complete

        def on_message_begin(self) -> None:
            """Begin to wait for the headers of a request: called by httptools at its first byte."""
            super().on_message_begin()
            self._bytes = self._count = 0
            if self._headers_due is None:
                self._expect_headers()

        def on_url(self, url: bytes) -> None:
            """Take a part of the path: called by httptools."""
            self._take(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            """Take a header: called by httptools, after a body, too. Nobody reads those trailers."""
            self._count += 1
            self._take(len(name) + len(value) + _EACH)
            if self._headers_due is not None:
                super().on_header(name, value)

        def on_headers_complete(self) -> None:
            """Wait for headers no more: called by httptools."""
            _cancel(self._headers_due)
            self._headers_due, self._mixed = None, True
            self._body_due = self.loop.call_later(2 * slow_s, self.transport.abort)
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            """Wait for the body no more: called by httptools."""
            _cancel(self._body_due)
            self._body_due, self._mixed = None, True
            super().on_message_complete()

        def timeout_keep_alive_handler(self) -> None:
            """Close an idle connection, after one more look at it: called by uvicorn.

            A server that had no time for a while comes here before it reads a request that came in time.
            """
            self.timeout_keep_alive_task = self.loop.call_soon(self._after_a_look)  # type: ignore[assignment]

        def pause_writing(self) -> None:
            """Begin to wait for a client that does not take its answer: called by asyncio."""
            super().pause_writing()
            self._writing_due = self.loop.call_later(slow_s, self.transport.abort)

        def resume_writing(self) -> None:
            """Wait for it no more."""
            _cancel(self._writing_due)
            super().resume_writing()

        def _after_a_look(self) -> None:
            # what was called soon comes before the loop looks at sockets; what this calls soon, after it
            close = super().timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_soon(close)  # type: ignore[assignment]

        def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
            """Answer a request: called by uvicorn, with an answer of its own where too many are connected."""
            super()._start_asgi_task(cycle, crowded if app is service_unavailable else app)  # type: ignore[arg-type]

        def send_400_response(self, msg: str) -> None:
            """Answer what httptools or this class could not take: called by uvicorn."""
            self._refuse(self._problem)

        def _refuse(self, problem: Problem) -> None:
            if self.cycle is None or self.cycle.response_complete:  # else this would come into the middle of an answer
                self._tell(problem)
            self.transport.close()

        def _tell(self, problem: Problem) -> None:
            answer = problem_response(problem, secrets.token_hex(8))
            answer.headers.update({**headers, "Connection": "close"})
            lines = [*self.server_state.default_headers, *answer.raw_headers]
            head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
            self.transport.write(STATUS_LINE[problem.status] + head + b"\r\n" + bytes(answer.body))

        def _take(self, size: int) -> None:
            """Count bytes of a head; raise an error, which httptools passes on, above the bound."""
            self._bytes += size
            if self._bytes > HEADER_BYTES or self._count > HEADERS:
                self._problem = _TOO_LARGE
                raise ValueError(_TOO_LARGE.detail)

        def _expect_headers(self) -> None:
            self._unread = 0
            self._headers_due = self.loop.call_later(slow_s, self.transport.abort)

    return Timed


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
