"""One connection of asyncio without a pool around it, for commands that run hundreds of times a second.

A redis-py client takes a connection out of its pool for each command and gives it back: a third of what a
command costs. Here the caller has the connection, and one call at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswerError

from ops.redis.connection_kind import connection_of
from ops.redis.mends import mend_address
from ops.redis.reply_parser import ReplyParser

Words = Sequence[bytes | str | int]


class DirectLink:
    """A connection as `redis.url` names it: one server, a cluster's slot, or what Sentinels watch.

    It opens with the first call. After any error but a reply of the server it is closed, and the next call
    opens it again, wherever the server is then.
    """

    def __init__(self, url: str, prefix: str, timeout_s: float = 5.0) -> None:
        """Note the address; raise ValueError if it is none."""
        options = {"socket_connect_timeout": timeout_s, "encoding_errors": "replace"}
        try:
            made = connection_of(url, prefix, options)
            self._connection: Any = made.asynchronous(**made.options, parser_class=ReplyParser)
        except (ValueError, TypeError, RedisError):  # its text may quote a part of a password
            raise ValueError(f"{mend_address()}.") from None
        self._timeout_s = timeout_s

    async def call(self, words: Words, longest_s: float = 0.0) -> Any:
        """Return the reply, texts in bytes; `longest_s` is what the command itself may take.

        Raises:
            RedisError: also for a reply that is an error.
        """
        [reply] = await self.calls([words], longest_s)
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    async def calls(self, commands: Sequence[Words], longest_s: float = 0.0) -> list[Any]:
        """Return the reply to each command, sent at once; an error of the server is among them as a value."""
        try:
            async with asyncio.timeout(self._timeout_s + longest_s):
                if not self._connection.is_connected:
                    await self._connection.connect()
                await self._connection.send_packed_command(self._packed(commands), check_health=False)
                return [await self._reply() for _ in commands]
        except TimeoutError:
            await self.close()
            raise NoAnswerError("no answer in time") from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection; a later call opens it again."""
        await self._connection.disconnect(nowait=True)

    def _packed(self, commands: Sequence[Words]) -> list[bytes]:
        return [part for words in commands for part in self._connection.pack_command(*words)]

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response(disable_decoding=True)
        except ResponseError as error:
            return error
