"""Summaries by a language model behind any OpenAI-compatible endpoint. The only file that imports openai."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domain.summary import SUMMARY_SCHEMA, Draft, LlmSettings, Summary, SummaryWriter, WriterNote
from domain.summary_prompt import prompt_of, retry_of
from domain.summary_validator import draft_of, validate
from domain.template_writer import TemplateWriter, template_summary
from udfs.circuit_breaker import CircuitBreaker

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_ANSWER_CHARS = 16_000  # the bounds of a summary, several times over: what is longer is not read
_RETRIES = 1

# What to ask for, from most to least. Self-hosted endpoints refuse what they do not know with status 400; the last way is
# the model and the messages alone, which the rules in the prompt have to carry.
_SCHEMA = {"name": "incident_summary", "strict": True, "schema": SUMMARY_SCHEMA}
_FORMATS: tuple[dict[str, Any] | None, ...] = (
    {"type": "json_schema", "json_schema": _SCHEMA},
    {"type": "json_object"},
    None,
)


class _NoAnswer(Exception):  # noqa: N818 - an outcome of a call, caught in this file
    """The endpoint gave no answer; the text says why, without the key or the address."""


class LlmWriter:
    """Asks a model, holds its answer against the validator, asks once more with the complaints, then uses the template."""

    def __init__(self, settings: LlmSettings, breaker: CircuitBreaker | None = None) -> None:
        self._settings = settings
        self._breaker = breaker or CircuitBreaker(settings.failures_to_open, settings.cool_down_s)
        self._client: AsyncOpenAI | None = None  # made on the first call: it belongs to that call's event loop
        self._format = 0  # index into _FORMATS of the last way that was accepted

    async def write(self, incident: Mapping[str, Any]) -> Summary:
        """Return the model's summary of an incident document, or the template's with the reason.

        Never raises but for cancellation, and takes at most `timeout_s` per call: two calls, and once per process one
        more for each way of asking that the endpoint refuses.
        """
        retries, reason = 0, "circuit open"
        prompt = messages = prompt_of(incident)
        while self._breaker.allows():
            try:
                answer = await self._ask(messages)
            except _NoAnswer as failure:
                reason = str(failure)
                break
            draft, complaints = _accepted(answer, incident)
            if draft:
                return Summary(draft, WriterNote("llm", self._settings.model, retries))
            reason = f"refused: {complaints[0][:200]}"
            if retries == _RETRIES:
                break
            retries += 1
            messages = retry_of(prompt, answer, complaints)
        return template_summary(incident, WriterNote("template", self._settings.model, retries, reason))

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _ask(self, messages: Sequence[dict[str, str]]) -> str:
        """Return the model's text, telling the breaker how the call went."""
        answered = False
        try:
            answer = await self._ask_in_some_format(messages)
            answered = True
        except _NoAnswer:
            raise
        except Exception as error:  # an answer no client library foresaw must not fail the job
            raise _NoAnswer(f"unexpected {type(error).__name__}") from error
        finally:  # a cancelled call counts as failed, too: else its probe would never end
            (self._breaker.succeeded if answered else self._breaker.failed)()
        return answer

    async def _ask_in_some_format(self, messages: Sequence[dict[str, str]]) -> str:
        import openai

        for index in range(self._format, len(_FORMATS)):
            try:
                async with asyncio.timeout(self._settings.timeout_s):  # the client's own bounds each read, not the whole
                    completion = await self._complete(messages, _FORMATS[index])
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                refusal = f"HTTP {error.status_code}"
                continue
            except openai.APIStatusError as error:
                raise _NoAnswer(f"HTTP {error.status_code}") from error
            except (TimeoutError, openai.APITimeoutError) as error:
                raise _NoAnswer(f"no answer within {self._settings.timeout_s:g} s") from error
            except openai.APIConnectionError as error:
                raise _NoAnswer("no connection") from error
            self._format = index
            return str(completion.choices[0].message.content or "")
        raise _NoAnswer(refusal)

    async def _complete(self, messages: Sequence[dict[str, str]], response_format: dict[str, Any] | None) -> Any:
        options: dict[str, Any] = {}
        if response_format is not None:
            options = {"response_format": response_format, "max_completion_tokens": self._settings.answer_tokens}
            if self._settings.temperature is not None:
                options["temperature"] = self._settings.temperature
        completions: Any = self._connected().chat.completions
        return await completions.create(model=self._settings.model, messages=list(messages), **options)

    def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            import openai

            settings = self._settings
            if settings.azure_api_version:
                self._client = openai.AsyncAzureOpenAI(
                    azure_endpoint=settings.base_url or "",
                    api_version=settings.azure_api_version,
                    api_key=settings.api_key,
                    timeout=settings.timeout_s,
                    max_retries=0,
                )
            else:
                self._client = openai.AsyncOpenAI(
                    base_url=settings.base_url,
                    api_key=settings.api_key or "none",  # a self-hosted model needs no key, the client does
                    timeout=settings.timeout_s,
                    max_retries=0,
                )
        return self._client


def writer_from(settings: LlmSettings | None) -> SummaryWriter:
    """Return the model's writer if an endpoint is configured, else the template's."""
    return LlmWriter(settings) if settings and settings.is_configured else TemplateWriter()


def _accepted(answer: str, incident: Mapping[str, Any]) -> tuple[Draft | None, list[str]]:
    """Return the draft in `answer` if it may be published, else None and the complaints."""
    if len(answer) > _ANSWER_CHARS:
        return None, [f"the answer has {len(answer)} characters, at most {_ANSWER_CHARS} are read"]
    begin, end = answer.find("{"), answer.rfind("}") + 1  # a plain answer may be fenced or introduced
    try:
        value = json.loads(answer[begin:end])
    except (ValueError, RecursionError):
        return None, ["the answer is not one JSON object"]
    draft, complaints = draft_of(value)
    complaints = complaints or (validate(draft, incident) if draft else [])
    return (None if complaints else draft), complaints
