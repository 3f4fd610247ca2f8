"""The configured endpoint as a model that is asked in messages: with the summaries' settings, budget and
breaker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from ops.llm.budget import LlmBudget
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.form import AnswerForm
from ops.llm.endpoint.outcome import NoAnswerError
from ops.llm.settings import LlmSettings
from ops.redis.connection import connect_async
from ops.redis.settings import RedisSettings
from ops.secrets import redis_url

_REDIS_TIMEOUT_S, _REDIS_CONNECTIONS = 2.0, 2


class NoAnswer(Exception):  # noqa: N818 - it is an answer, not a fault
    """The model says nothing: the endpoint is away, the budget is spent; the text says why."""


class EndpointModel:
    """The model behind an endpoint. Belongs to the event loop it is first used in."""

    def __init__(self, settings: LlmSettings, redis: RedisSettings, breaker: CircuitBreaker, form: AnswerForm) -> None:
        self.name, self._patience_s, self._breaker = settings.model, settings.patience_s, breaker
        self._redis = connect_async(redis_url(redis.url), redis.prefix, _REDIS_TIMEOUT_S, _REDIS_CONNECTIONS)
        self._endpoint = LlmEndpoint(settings, LlmBudget(self._redis, redis.prefix, settings), self._redis, redis.prefix, form)

    async def say(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return what the model answers to chat messages. Raises `NoAnswer`."""
        if not self._breaker.allows():
            raise NoAnswer("it has failed too often and is left alone for a while")
        until = asyncio.get_running_loop().time() + self._patience_s
        try:
            answer = await self._endpoint.ask(messages, 1, until)
        except NoAnswerError as error:
            self._breaker.note(error.circuit)
            raise NoAnswer(str(error)) from None
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer.text

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()
        await self._redis.aclose()
