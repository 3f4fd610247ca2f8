"""A parser of Redis replies for asyncio, for connections on which each microsecond counts.

redis-py's own, without hiredis, awaits each number and each text of a reply by itself. This one reads what
has come, and takes a whole reply out of it at once. Texts stay bytes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from redis._parsers.base import AsyncBaseParser
from redis.exceptions import ConnectionError, InvalidResponse

_READ_BYTES = 1 << 18
_CLOSED = "Connection closed by server."


class _Incomplete(Exception):  # noqa: N818 - no error: the rest is still to come
    """A reply whose end has not come yet."""


class ReplyParser(AsyncBaseParser):
    """Parser of RESP2 for one connection. A reply that is an error is returned, as redis-py's parsers do."""

    def __init__(self, socket_read_size: int) -> None:
        """Note nothing: redis-py makes the parser with its connection, before it connects."""
        super().__init__(socket_read_size)
        self._buffer, self._connected = b"", False

    def on_connect(self, connection: Any) -> None:
        """Begin to read a connection's stream. redis-py calls this."""
        self._stream: asyncio.StreamReader | None = connection._reader
        self._buffer, self._connected = b"", True

    def on_disconnect(self) -> None:
        """Forget the stream. redis-py calls this."""
        self._stream, self._buffer, self._connected = None, b"", False

    async def can_read_destructive(self) -> bool:
        """Return whether something is there that nobody has asked for."""
        return bool(self._buffer) or self._stream is None or self._stream.at_eof()

    async def read_response(self, disable_decoding: bool = False) -> Any:
        """Return the next reply; raise ConnectionError where the server closes."""
        while True:
            if self._buffer:
                try:
                    reply, end = self._reply(self._buffer, 0)
                except _Incomplete:
                    pass
                else:
                    self._buffer = self._buffer[end:]
                    return reply
            if self._stream is None:
                raise ConnectionError(_CLOSED)
            more = await self._stream.read(_READ_BYTES)
            if not more:
                raise ConnectionError(_CLOSED)
            self._buffer = self._buffer + more if self._buffer else more

    def _reply(self, data: bytes, at: int) -> tuple[Any, int]:
        """Return the reply that begins at a place, and where it ends."""
        end = data.find(b"\r\n", at)
        if end < 0:
            raise _Incomplete
        kind = data[at]
        if kind == 36:  # $
            size = int(data[at + 1 : end])
            if size < 0:
                return None, end + 2
            last = end + 2 + size
            if len(data) < last + 2:
                raise _Incomplete
            return data[end + 2 : last], last + 2
        if kind == 42:  # *
            return self._list(data, int(data[at + 1 : end]), end + 2)
        if kind == 58:  # :
            return int(data[at + 1 : end]), end + 2
        if kind == 43:  # +
            return data[at + 1 : end], end + 2
        if kind == 45:  # -
            return self._error(data[at + 1 : end].decode("utf-8", "replace")), end + 2
        raise InvalidResponse(f"a reply cannot begin with {data[at : at + 1]!r}")

    def _list(self, data: bytes, count: int, at: int) -> tuple[list[Any] | None, int]:
        if count < 0:
            return None, at
        items = []
        for _ in range(count):
            item, at = self._reply(data, at)
            items.append(item)
        return items, at

    def _error(self, text: str) -> Exception:
        error: Exception = self.parse_error(text)  # type: ignore[no-untyped-call]
        if isinstance(error, ConnectionError):
            raise error
        return error
