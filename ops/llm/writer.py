"""Summaries by a language model: cached, gathered into calls, held against the validator; else the
template's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import redis.asyncio
from redis.exceptions import RedisError

from domain.control.signature import ControlKeys
from domain.summaries.answer import decoded, draft_of, drafts_of
from domain.summaries.fence.reader import read
from domain.summaries.prompt import prompt_of, reminded_of, retry_of, version_of
from domain.summaries.summary import Draft, Summary, SummaryWriter, WriterNote
from domain.summaries.summary_text import SummaryText
from domain.summaries.template_writer import TemplateWriter
from ops.llm.batch_bound import BatchBound
from ops.llm.budget import LlmBudget
from ops.llm.calls import LlmCalls
from ops.llm.circuit_breaker import CircuitBreaker
from ops.llm.endpoint.client import LlmEndpoint
from ops.llm.endpoint.outcome import Failure, NoAnswerError
from ops.llm.examples import Examples
from ops.llm.queue import LlmQueue
from ops.llm.revision import WaitingRevision
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from ops.redis.connection import connect_async
from ops.redis.settings import RedisSettings
from ops.secrets import redis_url

_RETRIES = 1
_REDIS_TIMEOUT_S = 2.0
_REDIS_CONNECTIONS = 8  # a command takes less than a millisecond, a revision needs three or four


class LlmWriter:
    """Writer that asks a model for several revisions at once.

    It asks again for those it got wrong alone, then once more with the complaints. Where several at once are
    refused, it asks for each half.

    While the endpoint fails nobody waits for it: probes of the open circuit run beside the revisions.
    Belongs to the event loop it is first used in.
    """

    def __init__(
        self,
        settings: LlmSettings,
        redis: RedisSettings,
        breaker: CircuitBreaker | None = None,
        language: str = "en",
        keys: ControlKeys | None = None,
    ) -> None:
        """Note what is configured. `keys`: those that examples must be signed with."""
        self._settings, self._language = settings, language
        self._redis = _connected(redis)
        self.endpoint = LlmEndpoint(settings, LlmBudget(self._redis, redis.prefix, settings), self._redis, redis.prefix)
        self._examples = Examples(self._redis, redis.prefix, settings, keys)
        self._cache = SummaryCache(self._redis, redis.prefix, settings, language)
        self._breaker = breaker or CircuitBreaker(settings.failures_to_open, settings.cool_down_s)
        self._calls, self._bound = LlmCalls(self.endpoint, self._breaker), BatchBound()
        self._queue = LlmQueue(self._serve, settings.batch, settings.batch_wait_s, settings.calls, settings.queue)
        self._probes: set[asyncio.Task[None]] = set()

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the model's summary of an incident document, or the template's with the reason, within
        `patience_s`.

        Never raises but for cancellation.
        """
        revision = self._waiting(incident)
        try:
            async with asyncio.timeout(self._settings.patience_s):
                summary = await self._written(revision)
        except TimeoutError:
            summary = revision.template(f"no summary within {self._settings.patience_s:g} s")
        except Exception as error:  # what nobody foresaw must not fail the job
            summary = revision.template(f"unexpected {type(error).__name__}")
        return replace(summary, writer=replace(summary.writer, circuit=self._breaker.state))

    async def try_out(self, incident: Mapping[str, Any]) -> tuple[Summary, Failure | None]:
        """Return the summary as `write` does, past the cache and the queue; and why the endpoint gave no
        answer, None if it gave one.
        """
        revision = self._waiting(incident)
        try:
            async with asyncio.timeout(self._settings.patience_s):
                await self._serve([revision])
        except TimeoutError:
            return revision.template(f"no answer within {self._settings.patience_s:g} s"), Failure.BROKEN
        return revision.summary.result(), self._calls.failure or (None if revision.answered else Failure.BROKEN)

    async def close(self) -> None:
        """End what still runs and close the connections."""
        await self._queue.close()
        for probe in self._probes:
            probe.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
        await self.endpoint.close()
        with suppress(RedisError, OSError):  # a server that is slow to say goodbye loses nothing
            await self._redis.aclose()

    def _waiting(self, incident: Mapping[str, Any], examples: Sequence[Draft] = ()) -> WaitingRevision:
        until = asyncio.get_running_loop().time() + self._settings.patience_s
        return WaitingRevision(incident, self._settings.model, self._language, until, examples=examples)

    async def _written(self, revision: WaitingRevision) -> Summary:
        revision.examples = await self._examples.fitting(revision.incident, self._language)
        text = await self._cache.get(revision.incident, revision.examples)
        if text:
            note = WriterNote("llm", self._settings.model, replaced=text.replaced, cached=True, prompt=version_of(revision.examples))
            return Summary(text, note)
        if self._breaker.state == "half-open":
            probe = asyncio.create_task(self._serve([self._waiting(revision.incident, revision.examples)]))
            self._probes.add(probe)
            probe.add_done_callback(self._probes.discard)
        if reason := self._calls.closed_reason(self._settings.patience_s):
            return revision.template(reason)
        if not self._queue.put(revision):
            return revision.template(f"{self._settings.queue} others wait")
        return await revision.summary

    async def _serve(self, revisions: list[WaitingRevision]) -> None:
        """Give each revision its summary."""
        await asyncio.gather(*map(self._guarded, self._bound.parts(revisions)))

    async def _guarded(self, revisions: Sequence[WaitingRevision]) -> None:
        """Ask for those that are called for together; what nobody foresaw must not fail the job."""
        try:
            await self._ask(revisions)
        except Exception as error:
            for revision in revisions:
                revision.fall_back(f"unexpected {type(error).__name__}")

    async def _ask(self, revisions: Sequence[WaitingRevision]) -> None:
        waiting = [revision for revision in revisions if not revision.summary.done()]
        if len(waiting) > 1:
            await self._ask_together(waiting)
        elif waiting:
            await self._ask_alone(waiting[0])

    async def _ask_together(self, revisions: Sequence[WaitingRevision]) -> None:
        """Ask for all in one call, then alone for those that the answer gave no summary."""
        incidents = [revision.incident for revision in revisions]
        try:
            examples = [revision.examples for revision in revisions]
            answer = await self._calls.ask(prompt_of(incidents, self._language, examples), revisions)
        except NoAnswerError as error:
            await self._without_answer(revisions, error)
            return
        left = []
        for revision, draft in zip(revisions, drafts_of(answer.text, incidents), strict=True):
            text = self._read(draft, revision.incident)[0] if draft else None
            if draft and text:
                await self._publish(revision, draft, text)
            else:
                revision.retries += 1
                left.append(revision)
        if answer.cut and left:
            self._bound.learn(_half(revisions))
        await asyncio.gather(*(self._guarded([revision]) for revision in left))

    async def _without_answer(self, revisions: Sequence[WaitingRevision], error: NoAnswerError) -> None:
        """Ask for each half, where one incident may be the cause or all are too many; else give up.

        Where all halves are answered it was their number, and the next are not asked for so many.
        """
        if not (error.divides or error.failure == Failure.BUDGET):
            for revision in revisions:
                revision.fall_back(str(error))
            return
        half = _half(revisions)
        await asyncio.gather(self._ask(revisions[:half]), self._ask(revisions[half:]))
        if error.failure in (Failure.REFUSED, Failure.LENGTH) and all(revision.answered for revision in revisions):
            self._bound.learn(half)

    async def _ask_alone(self, revision: WaitingRevision) -> None:
        prompt = messages = prompt_of([revision.incident], self._language, [revision.examples])
        last, complaints = revision.retries + _RETRIES, list[str]()
        while not revision.summary.done():
            try:
                answer = await self._calls.ask(messages, [revision])
            except NoAnswerError as error:
                if revision.examples and (error.divides or error.failure == Failure.BUDGET):
                    revision.examples = ()  # the question was too long, or too dear: ask without them
                    prompt = messages = prompt_of([revision.incident], self._language)
                    continue
                if not (complaints and error.divides):
                    revision.fall_back(str(error))
                    return
                # it is the refused answer that was too much: ask without it
                messages, complaints = reminded_of(prompt, complaints), []
                continue
            draft, text, complaints = self._accepted(answer.text, revision.incident)
            if draft and text:
                await self._publish(revision, draft, text)
                return
            if revision.retries == last:
                revision.fall_back(f"refused: {complaints[0][:200]}")
                return
            revision.retries += 1
            messages = retry_of(prompt, answer.text, complaints)

    async def _publish(self, revision: WaitingRevision, draft: Draft, text: SummaryText) -> None:
        await self._cache.put(revision.incident, draft, revision.examples)
        revision.publish(text)

    def _accepted(self, answer: str, incident: Mapping[str, Any]) -> tuple[Draft | None, SummaryText | None, list[str]]:
        """Return the draft in `answer` and its text if it may be published, else None and the complaints."""
        try:
            draft, complaints = draft_of(decoded(answer))
        except ValueError as error:
            return None, None, [str(error)]
        if draft is None:
            return None, None, complaints
        return draft, *self._read(draft, incident)

    def _read(self, draft: Draft, incident: Mapping[str, Any]) -> tuple[SummaryText | None, list[str]]:
        """Read a draft as the fence does; what it did not foresee is a complaint of this one incident."""
        try:
            return read(draft, incident, self._language)
        except Exception as error:
            return None, [f"unexpected {type(error).__name__}"]


def writer_from(settings: LlmSettings, redis: RedisSettings, language: str = "en", keys: ControlKeys | None = None) -> SummaryWriter:
    """Return the model's writer if an endpoint is configured, else the template's."""
    return LlmWriter(settings, redis, language=language, keys=keys) if settings.is_configured else TemplateWriter(language)


def _connected(settings: RedisSettings) -> redis.asyncio.Redis:
    return connect_async(redis_url(settings.url), settings.prefix, _REDIS_TIMEOUT_S, _REDIS_CONNECTIONS)


def _half(revisions: Sequence[WaitingRevision]) -> int:
    return (len(revisions) + 1) // 2
