"""A revision on its way to a summary."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.summaries.prompt import version_of
from domain.summaries.summary import Draft, LlmUsage, Summary, WriterNote
from domain.summaries.summary_text import SummaryText
from domain.summaries.template_writer import template_summary


@dataclass(eq=False, slots=True)
class WaitingRevision:
    """An incident document whose `summary` somebody waits for. Whoever gives up waiting cancels `summary`.

    Nobody waits after `until`, in the event loop's time. `answered`: an answer has come, whatever it says.
    """

    incident: Mapping[str, Any]
    model: str
    language: str
    until: float
    summary: asyncio.Future[Summary] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    retries: int = 0
    answered: bool = False
    usage: LlmUsage = field(default_factory=LlmUsage)
    examples: Sequence[Draft] = ()

    def publish(self, text: SummaryText) -> None:
        """End with the model's text."""
        note = WriterNote("llm", self.model, self.retries, text.replaced, usage=self.usage, prompt=version_of(self.examples))
        self._end(Summary(text, note))

    def fall_back(self, reason: str) -> None:
        """End with the template's text."""
        self._end(self.template(reason))

    def template(self, reason: str) -> Summary:
        """Return the template's summary, which says why it is not the model's."""
        note = WriterNote("template", self.model, self.retries, fallback_reason=reason, usage=self.usage)
        return template_summary(self.incident, note, self.language)

    def _end(self, summary: Summary) -> None:
        if not self.summary.done():
            self.summary.set_result(summary)
