"""Connections to a server that moves: each asks where it is before it connects, and closes when it has moved.

The client is redis-py's own, with these connections in its pool. A command that meets a server that has
moved fails with a ConnectionError, as at a server that is away: who repeats it finds the new one.
"""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import connection as asynchronous
from redis.connection import Connection, SSLConnection
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError, TimeoutError

from ops.redis.home import Home

_UNREACHED = (ConnectionError, TimeoutError)


class MovingConnection(Connection):
    """A connection to wherever `home` is."""

    def __init__(self, *, home: Home, **options: Any) -> None:
        self._home = home
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def connect(self) -> None:
        """Connect to the first candidate that answers and, where that may be another, is a primary."""
        if self._sock:
            return
        failed: RedisError = ConnectionError(f"nobody knows where {self._home} is")
        for place in self._home.candidates():
            self.host, self.port = place
            try:
                super().connect()  # type: ignore[no-untyped-call]
                if not self._home.is_primary_checked or self._is_primary():
                    return
                failed = ConnectionError(f"{self.host}:{self.port} is a replica")
                self.disconnect()  # type: ignore[no-untyped-call]
            except AuthenticationError:
                raise
            except _UNREACHED as error:
                failed = error
        raise self._home.unreached(failed)

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Return the reply; disconnect and raise ConnectionError if the server is not the one."""
        try:
            return super().read_response(*args, **options)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if not self._home.has_left((self.host, self.port), error):
                raise
            self.disconnect()  # type: ignore[no-untyped-call]
            raise ConnectionError(f"{self.host}:{self.port} does not have the streams: {error}") from error

    def _is_primary(self) -> bool:
        self.send_command("ROLE")  # type: ignore[no-untyped-call]
        try:
            return _names_primary(self.read_response())
        except ResponseError:  # the user may not ask: a replica refuses to write
            return True


class MovingTlsConnection(MovingConnection, SSLConnection):
    """The same with TLS."""


class AsyncMovingConnection(asynchronous.Connection):
    """A connection of asyncio to wherever `home` is."""

    def __init__(self, *, home: Home, **options: Any) -> None:
        self._home = home
        super().__init__(**options)

    async def connect(self) -> None:
        """Connect to the first candidate that answers and, where that may be another, is a primary."""
        if self.is_connected:
            return
        failed: RedisError = ConnectionError(f"nobody knows where {self._home} is")
        for place in await asyncio.to_thread(lambda: list(self._home.candidates())):
            self.host, self.port = place
            try:
                await super().connect()  # type: ignore[no-untyped-call]
                if not self._home.is_primary_checked or await self._is_primary():
                    return
                failed = ConnectionError(f"{self.host}:{self.port} is a replica")
                await self.disconnect()
            except AuthenticationError:
                raise
            except _UNREACHED as error:
                failed = error
        raise self._home.unreached(failed)

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Return the reply; disconnect and raise ConnectionError if the server is not the one."""
        try:
            return await super().read_response(*args, **options)
        except ResponseError as error:
            if not self._home.has_left((self.host, self.port), error):
                raise
            await self.disconnect()
            raise ConnectionError(f"{self.host}:{self.port} does not have the streams: {error}") from error

    async def _is_primary(self) -> bool:
        await self.send_command("ROLE")
        try:
            return _names_primary(await self.read_response())
        except ResponseError:  # the user may not ask: a replica refuses to write
            return True


class AsyncMovingTlsConnection(AsyncMovingConnection, asynchronous.SSLConnection):
    """The same with TLS."""


def _names_primary(role: list[Any]) -> bool:
    return role[0] in ("master", b"master")
