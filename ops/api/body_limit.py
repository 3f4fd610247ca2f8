"""The bounds of a body: its size and its time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.api.problems import Problem, problem_response

_DROPPED = 16 * 1024 * 1024
"""Most bytes of a body that is too large which are read, so that its client sees the answer."""


class Bounded:
    """The size of a body, whether its length is said before or not, and the time that it may take."""

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self.app, self.limit, self.seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: called by the part around this one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken, ends = 0, asyncio.get_running_loop().time() + self.seconds
        more, started, is_large = True, False, False

        def refuse() -> NoReturn:
            nonlocal is_large
            is_large = True
            raise self._too_large()

        async def bounded() -> Message:
            nonlocal taken, more
            if not more:
                return await receive()
            try:
                async with asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError:
                raise Problem(408, f"the body took longer than {self.seconds:g} s") from None
            taken += len(message.get("body", b""))
            more = bool(message.get("more_body"))
            if taken > self.limit:
                refuse()
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            if is_large and more and message["type"] == "http.response.body":
                await _last(message, receive, send, ends)
            else:
                await send(message)

        try:
            if int(Headers(scope=scope).get("content-length") or 0) > self.limit:
                refuse()
            await self.app(scope, bounded, noted)
        except Problem as problem:
            if started:
                raise
            await problem_response(problem, scope["state"].get("request_id"))(scope, receive, noted)

    def _too_large(self) -> Problem:
        return Problem(413, f"the body is larger than {self.limit:,} bytes: send less at once", None, {"Connection": "close"})


async def _last(message: Message, receive: Receive, send: Send, ends: float) -> None:
    """Send an answer whole, and its end once the body has come, or `_DROPPED` bytes of it.

    Who closes a connection while bytes come resets it: a client that has not read by then sees no answer.
    """
    await send({**message, "more_body": True})
    await _drop(receive, ends)
    await send({"type": "http.response.body", "body": b""})


async def _drop(receive: Receive, ends: float) -> None:
    left = _DROPPED
    with suppress(TimeoutError):
        async with asyncio.timeout_at(ends):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return
