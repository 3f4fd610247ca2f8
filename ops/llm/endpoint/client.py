"""One question to an OpenAI-compatible endpoint, every request within the budget. The only file that imports
openai.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domain.summaries.answer import schema_of
from domain.summaries.summary import LlmUsage
from ops.llm.budget import LlmBudget, NotInBudgetError
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.settings import LlmSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

# No tokenizer in use makes more than one token of a byte (those that work on bytes start from single ones,
# the others fall back on them), so that the bytes of a prompt bound its tokens for any model, without
# knowing its tokenizer. English is about four times shorter; what was booked too much comes back when the
# endpoint has said what it used.
_TOKENS_PER_BYTE = 1
_TOKENS_PER_MESSAGE = 64  # for the roles, and for what a chat template adds
_ABSURD = 10**9  # more tokens than any call uses
# refused at the door; with any other status something may have been read or written
_UNBILLED = (401, 403, 404, 429)


class LlmEndpoint:
    """Endpoint of a language model; where it refuses a way of asking, the next is tried and remembered."""

    def __init__(self, settings: LlmSettings, budget: LlmBudget) -> None:
        self._settings, self._budget = settings, budget
        self._client = _client_of(settings)
        self._way = 0  # the last one that was accepted, of `_ways`

    async def ask(self, messages: Sequence[Mapping[str, str]], summaries: int) -> Answer:
        """Return the answer to chat messages that ask for so many summaries; raises NoAnswerError.

        Takes at most `timeout_s`, and once per process that again for each way of asking that is refused.
        """
        usage, ways = LlmUsage(), _ways(self._settings, summaries)
        for way in range(self._way, len(ways)):
            try:
                booking = await self._budget.book(_most_tokens(messages, ways[way]), self._settings.answer_tokens * summaries)
            except NotInBudgetError as error:
                raise NoAnswerError(str(error), usage, Failure.BUDGET, circuit="says nothing" if way > self._way else "not made") from error
            completion, reason, is_free = await self._request(messages, ways[way])
            used = _used(completion, is_free)
            usage += booking.usage if used is None else await self._budget.settle(booking, *used)
            if completion is not None:
                self._way = way
                return Answer(_text_of(completion, usage), usage)
            if reason not in ("HTTP 400", "HTTP 422"):
                raise NoAnswerError(reason, usage, Failure.BROKEN)
        raise NoAnswerError(reason, usage, Failure.REFUSED)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _request(self, messages: Sequence[Mapping[str, str]], options: Mapping[str, Any]) -> tuple[Any, str, bool]:
        """Return (completion, "", False), or (None, why there is none, whether it certainly cost nothing)."""
        import httpx2
        import openai

        try:
            completions: Any = self._client.chat.completions
            # the client's own bounds each read, not the whole
            async with asyncio.timeout(self._settings.timeout_s):
                return await completions.create(model=self._settings.model, messages=list(messages), **options), "", False
        except openai.APIStatusError as error:
            return None, f"HTTP {error.status_code}", error.status_code in _UNBILLED
        except (TimeoutError, openai.APITimeoutError):
            return None, f"no answer within {self._settings.timeout_s:g} s", False
        except openai.APIConnectionError as error:
            not_sent = isinstance(error.__cause__, httpx2.ConnectError)
            return None, "no connection" if not_sent else "the connection broke", not_sent
        except Exception as error:  # an answer no client library foresaw must not fail the job
            return None, f"unexpected {type(error).__name__}", False


def _client_of(settings: LlmSettings) -> AsyncOpenAI:
    """Return a client; it connects with the first request, to whose event loop it belongs from then on."""
    import openai

    # A request that is tried again or sent on elsewhere would be outside the budget.
    options: dict[str, Any] = {
        "api_key": settings.api_key or "none",  # a self-hosted model needs no key, the client does
        "timeout": settings.timeout_s,
        "max_retries": 0,
        "http_client": openai.DefaultAsyncHttpxClient(follow_redirects=False),
    }
    if settings.azure_api_version:
        endpoint = settings.base_url or ""
        return openai.AsyncAzureOpenAI(azure_endpoint=endpoint, api_version=settings.azure_api_version, **options)
    return openai.AsyncOpenAI(base_url=settings.base_url, **options)


def _ways(settings: LlmSettings, summaries: int) -> list[dict[str, Any]]:
    """Return what to ask for, from most to least.

    Self-hosted endpoints refuse what they do not know with status 400. Each way bounds the answer's tokens:
    without a bound there is no budget.
    """
    cap = settings.answer_tokens * summaries
    schema = {"name": "incident_summary", "strict": True, "schema": schema_of(summaries)}
    options: dict[str, Any] = {"max_completion_tokens": cap}
    if settings.temperature is not None:
        options["temperature"] = settings.temperature
    formats: list[dict[str, Any]] = [{"type": "json_schema", "json_schema": schema}, {"type": "json_object"}]
    return [*({"response_format": wanted, **options} for wanted in formats), {"max_tokens": cap}]


def _most_tokens(messages: Sequence[Mapping[str, str]], options: Mapping[str, Any]) -> int:
    read = sum(len(message["content"].encode()) + _TOKENS_PER_MESSAGE for message in messages)
    return _TOKENS_PER_BYTE * (read + len(json.dumps(options)))


def _used(completion: Any, is_free: bool) -> tuple[int, int] | None:
    """Return (input tokens, output tokens) where they are certain."""
    if is_free:
        return 0, 0
    usage = getattr(completion, "usage", None)
    read, written = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if isinstance(read, int) and isinstance(written, int) and 0 <= read < _ABSURD and 0 <= written < _ABSURD:
        return read, written
    return None


def _text_of(completion: Any, usage: LlmUsage) -> str:
    try:
        return str(completion.choices[0].message.content or "")
    except (AttributeError, IndexError, TypeError) as error:
        raise NoAnswerError(f"unexpected {type(error).__name__}", usage, Failure.BROKEN) from error
