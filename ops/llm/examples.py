"""Summaries that analysts corrected, from Redis: what the nearest of them say of an incident."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from domain.control.signature import ControlKeys
from domain.events.event import Rejected
from domain.summaries.examples.example import Example, fitted
from domain.summaries.examples.shelf import MOST_BYTES, examples_in
from domain.summaries.summary import Draft
from ops.llm.settings import LlmSettings

LOG = logging.getLogger(__name__)
KEY = "llm:examples"
"""Key, after the prefix, of the document that the service's worker writes."""
_FRESH_S = 30.0
_CHARS_A_TOKEN = 4  # of plain English; the endpoint's own count is what the budget books


class Examples:
    """The examples as they were within half a minute. Belongs to the event loop it is first used in.

    What is in Redis is believed no more than a model is: an example enters a prompt only as what the fence
    would publish of the very incident. With `keys` the document must be signed, too.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        prefix: str,
        settings: LlmSettings,
        keys: ControlKeys | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._key, self._keys, self._clock = client, f"{prefix}{KEY}", keys, clock
        self._most, self._chars = settings.examples, settings.example_tokens * _CHARS_A_TOKEN
        self._shelf: Sequence[Example] = ()
        self._text, self._until = "", -1.0
        self._reading = asyncio.Lock()

    async def fitting(self, incident: Mapping[str, Any], language: str) -> tuple[Draft, ...]:
        """Return what the nearest examples say of an incident, nothing where the setting is 0."""
        if not self._most:
            return ()
        async with self._reading:
            if self._clock() >= self._until:
                await self._read()
                self._until = self._clock() + _FRESH_S
        try:
            return fitted(self._shelf, incident, self._most, self._chars, language)
        except Exception:  # no example is worth an incident without a summary
            return ()

    async def _read(self) -> None:
        """Read the document, if it has changed; keep what was read where Redis is away."""
        try:
            text = await self._client.getrange(self._key, 0, MOST_BYTES)
        except (RedisError, OSError):
            return
        except UnicodeDecodeError:
            text = "not UTF-8"
        if text != self._text:
            self._text, self._shelf = text, self._believed(text)

    def _believed(self, text: str) -> Sequence[Example]:
        try:
            return examples_in(text, self._keys) if text else ()
        except (ValueError, Rejected, RecursionError) as error:
            LOG.warning("the examples for summaries are not used: %s", str(error)[:200])
            return ()
