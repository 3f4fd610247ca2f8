"""Summaries by a language model: cached, gathered into calls, held against the validator; else the
template's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import redis.asyncio

from domain.summaries.answer import decoded, draft_of, drafts_of
from domain.summaries.prompt import prompt_of, retry_of
from domain.summaries.reading import read
from domain.summaries.summary import Draft, LlmUsage, Summary, SummaryWriter, WriterNote
from domain.summaries.summary_text import SummaryText
from domain.summaries.template_writer import TemplateWriter, template_summary
from ops.llm.budget import LlmBudget
from ops.llm.circuit_breaker import CircuitBreaker, CircuitReport
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.outcome import Answer, Failure, NoAnswerError
from ops.llm.queue import LlmQueue
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from ops.redis.connection import connect_async
from ops.redis.settings import RedisSettings
from ops.secrets import redis_url

_RETRIES = 1
_REDIS_TIMEOUT_S = 2.0
_REDIS_CONNECTIONS = 8  # a command takes less than a millisecond, a revision needs three or four


@dataclass(eq=False, slots=True)
class _Request:
    """A revision on its way to a summary. Whoever gives up waiting cancels `summary`."""

    incident: Mapping[str, Any]
    model: str
    language: str
    summary: asyncio.Future[Summary] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    retries: int = 0
    usage: LlmUsage = field(default_factory=LlmUsage)

    def publish(self, text: SummaryText) -> None:
        self._end(Summary(text, WriterNote("llm", self.model, self.retries, usage=self.usage)))

    def fall_back(self, reason: str) -> None:
        self._end(self.template(reason))

    def template(self, reason: str) -> Summary:
        note = WriterNote("template", self.model, self.retries, reason, usage=self.usage)
        return template_summary(self.incident, note, self.language)

    def _end(self, summary: Summary) -> None:
        if not self.summary.done():
            self.summary.set_result(summary)


class LlmWriter:
    """Writer that asks a model for several revisions at once.

    It asks again for those it got wrong alone, then once more with the complaints.

    While the endpoint fails nobody waits for it: probes of the open circuit run beside the revisions.
    Belongs to the event loop it is first used in.
    """

    def __init__(self, settings: LlmSettings, redis: RedisSettings, breaker: CircuitBreaker | None = None, language: str = "en") -> None:
        self._settings, self._language = settings, language
        self._redis = _connected(redis)
        self._endpoint = LlmEndpoint(settings, LlmBudget(self._redis, redis.prefix, settings), self._redis, redis.prefix)
        self._cache = SummaryCache(self._redis, redis.prefix, settings, language)
        self._breaker = breaker or CircuitBreaker(settings.failures_to_open, settings.cool_down_s)
        self._queue = LlmQueue(self._serve, settings.batch, settings.batch_wait_s, settings.calls, settings.queue)
        self._probes: set[asyncio.Task[None]] = set()

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the model's summary of an incident document, or the template's with the reason, within
        `patience_s`.

        Never raises but for cancellation.
        """
        request = _Request(incident, self._settings.model, self._language)
        try:
            async with asyncio.timeout(self._settings.patience_s):
                summary = await self._written(request)
        except TimeoutError:
            summary = request.template(f"no summary within {self._settings.patience_s:g} s")
        except Exception as error:  # what nobody foresaw must not fail the job
            summary = request.template(f"unexpected {type(error).__name__}")
        return replace(summary, writer=replace(summary.writer, circuit=self._breaker.state))

    async def close(self) -> None:
        """End what still runs and close the connections."""
        await self._queue.close()
        for probe in self._probes:
            probe.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
        await self._endpoint.close()
        await self._redis.aclose()

    async def _written(self, request: _Request) -> Summary:
        text = await self._cache.get(request.incident)
        if text:
            return Summary(text, WriterNote("llm", self._settings.model, cached=True))
        if self._breaker.state == "half-open":
            probe = asyncio.create_task(self._serve([_Request(request.incident, request.model, request.language)]))
            self._probes.add(probe)
            probe.add_done_callback(self._probes.discard)
        if self._breaker.state != "closed":
            return request.template("circuit open")
        if not self._queue.put(request):
            return request.template(f"{self._settings.queue} others wait")
        return await request.summary

    async def _serve(self, requests: list[_Request]) -> None:
        """Give each request its summary."""
        try:
            waiting = [request for request in requests if not request.summary.done()]
            if len(waiting) > 1:
                waiting = await self._ask_together(waiting)
            await asyncio.gather(*map(self._ask_alone, waiting))
        except Exception as error:  # what nobody foresaw must not fail the job
            for request in requests:
                request.fall_back(f"unexpected {type(error).__name__}")

    async def _ask_together(self, requests: list[_Request]) -> list[_Request]:
        """Ask for all in one call; return those that are to be asked for alone."""
        incidents = [request.incident for request in requests]
        try:
            answer = await self._call(prompt_of(incidents), requests)
        except NoAnswerError as error:
            if error.divides:  # too long for the model, perhaps: so would be the next
                self._queue.batch = 1
            if error.divides or error.failure == Failure.BUDGET:
                return requests
            for request in requests:
                request.fall_back(str(error))
            return []
        left = []
        for request, draft in zip(requests, drafts_of(answer.text, incidents), strict=True):
            text = read(draft, request.incident, self._language)[0] if draft else None
            if draft and text:
                await self._publish(request, draft, text)
            else:
                request.retries += 1
                left.append(request)
        return left

    async def _ask_alone(self, request: _Request) -> None:
        prompt = messages = prompt_of([request.incident])
        last = request.retries + _RETRIES
        while not request.summary.done():
            try:
                answer = await self._call(messages, [request])
            except NoAnswerError as error:
                request.fall_back(str(error))
                return
            draft, text, complaints = self._accepted(answer.text, request.incident)
            if draft and text:
                await self._publish(request, draft, text)
                return
            if request.retries == last:
                request.fall_back(f"refused: {complaints[0][:200]}")
                return
            request.retries += 1
            messages = retry_of(prompt, answer.text, complaints)

    async def _publish(self, request: _Request, draft: Draft, text: SummaryText) -> None:
        await self._cache.put(request.incident, draft)
        request.publish(text)

    def _accepted(self, answer: str, incident: Mapping[str, Any]) -> tuple[Draft | None, SummaryText | None, list[str]]:
        """Return the draft in `answer` and its text if it may be published, else None and the complaints."""
        try:
            draft, complaints = draft_of(decoded(answer))
        except ValueError as error:
            return None, None, [str(error)]
        if draft is None:
            return None, None, complaints
        return draft, *read(draft, incident, self._language)

    async def _call(self, messages: Sequence[Mapping[str, str]], requests: Sequence[_Request]) -> Answer:
        """Ask, telling the breaker how the call went and each request its share of the cost. Raises
        NoAnswerError.
        """
        if not self._breaker.allows():
            raise NoAnswerError("circuit open", LlmUsage(), Failure.CIRCUIT, circuit="not made")
        report: CircuitReport = "failed"  # a cancelled call counts as failed, too
        usage = LlmUsage()
        try:
            answer = await self._endpoint.ask(messages, len(requests))
            report, usage = "succeeded", answer.usage
        except NoAnswerError as error:
            report, usage = error.circuit, error.usage
            raise
        finally:
            self._breaker.note(report)
            for request, share in zip(requests, usage.shares(len(requests)), strict=True):
                request.usage += share
        return answer


def writer_from(settings: LlmSettings, redis: RedisSettings, language: str = "en") -> SummaryWriter:
    """Return the model's writer if an endpoint is configured, else the template's."""
    return LlmWriter(settings, redis, language=language) if settings.is_configured else TemplateWriter(language)


def _connected(settings: RedisSettings) -> redis.asyncio.Redis:
    return connect_async(redis_url(settings.url), settings.prefix, _REDIS_TIMEOUT_S, _REDIS_CONNECTIONS)
