"""Operator: an incident revision gets its summary, asynchronously and in a task of its own."""

from __future__ import annotations

import json

from pyflink.datastream import AsyncFunction, RuntimeContext

from domain.summary import LlmSettings, Summary, WriterNote
from domain.template_writer import template_summary
from udfs.llm_writer import writer_from
from udfs.orphan import end_with_taskmanager
from udfs.redis_settings import RedisSettings
from udfs.secrets import with_api_key


class Summarise(AsyncFunction):
    """Adds headline, explanation, pattern, next steps and the writer's name to the incident document."""

    def __init__(self, settings: LlmSettings, redis: RedisSettings | None = None) -> None:
        self._settings, self._redis = settings, redis or RedisSettings()

    def open(self, runtime_context: RuntimeContext) -> None:
        end_with_taskmanager()
        self._writer = writer_from(with_api_key(self._settings), self._redis)

    async def async_invoke(self, value: str) -> list[str]:
        incident = json.loads(value)
        return [_told(incident, await self._writer.write(incident))]

    def timeout(self, value: str) -> list[str]:
        """The engine gave up waiting: the template needs no one."""
        incident = json.loads(value)
        note = WriterNote("template", self._settings.model, fallback_reason="timeout")
        return [_told(incident, template_summary(incident, note))]


def _told(incident: dict[str, object], summary: Summary) -> str:
    return json.dumps({**incident, **summary.to_document()}, separators=(",", ":"))
