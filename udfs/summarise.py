"""Operator: an incident revision gets its summary, asynchronously and in a task of its own."""

from __future__ import annotations

import asyncio
import json

from pyflink.datastream import AsyncFunction, RuntimeContext

from domain.control.signature import ControlKeys
from domain.json_text import as_json
from domain.summaries.summary import Summary, WriterNote
from domain.summaries.template_writer import template_summary
from ops.llm.settings import LlmSettings, with_api_key
from ops.llm.writer import writer_from
from ops.redis.settings import RedisSettings
from ops.secrets import control_keys
from udfs.engine.worker_lifetime import end_with_taskmanager


class Summarise(AsyncFunction):
    """Summary of an incident.

    Adds headline, explanation, pattern, next steps and the writer's name to its document.
    """

    def __init__(self, settings: LlmSettings, redis: RedisSettings | None = None, language: str = "en", keys: tuple[str, ...] = ()) -> None:
        """Note the settings. `keys`: names of those that examples must be signed with."""
        self._settings, self._redis, self._language, self._keys = settings, redis or RedisSettings(), language, keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Start the writer of summaries. Flink calls this once per attempt, before the first revision."""
        end_with_taskmanager()
        self._writer = writer_from(with_api_key(self._settings), self._redis, self._language, self._known_keys())
        self._last: dict[str, asyncio.Event] = {}
        """Incident -> whether the last of its revisions that are under way has been handed on."""

    def _known_keys(self) -> ControlKeys | None:
        return control_keys(self._keys) if self._settings.examples else None

    async def async_invoke(self, value: str) -> list[str]:
        """Return a revision's document with its summary; several are under way at once.

        One waits for the revision before it of the same incident, whose patience ends before its own. An
        error here would fail the job: the writer raises none, and waits at most `llm.patience_s`.
        """
        incident = json.loads(value)
        before, done = self._last.get(incident["id"]), asyncio.Event()
        self._last[incident["id"]] = done
        try:
            told = _told(incident, await self._writer.write(incident))
            if before is not None:
                await before.wait()
            return [told]
        finally:
            done.set()
            if self._last.get(incident["id"]) is done:
                del self._last[incident["id"]]

    def timeout(self, value: str) -> list[str]:
        """Return the template's summary: the engine gave up waiting, and the template needs no one."""
        incident = json.loads(value)
        note = WriterNote("template", self._settings.model, fallback_reason="timeout")
        return [_told(incident, template_summary(incident, note, self._language))]


def _told(incident: dict[str, object], summary: Summary) -> str:
    return as_json({**incident, **summary.to_document()})
