"""From a model's draft to the text that is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.summaries.summary import Draft
from domain.summaries.summary_text import Part, Step, SummaryText
from domain.summaries.validator import validate


def read(draft: Draft, incident: Mapping[str, Any], language: str = "en") -> tuple[SummaryText | None, list[str]]:
    """Return the text of a draft, or None with what is wrong with it as the summary of an incident."""
    if complaints := validate(draft, incident):
        return None, complaints
    steps = tuple(Step("", (Part(step),)) for step in draft.next_steps)
    return SummaryText((Part(draft.headline),), ((Part(draft.explanation),),), draft.pattern, steps, language), []
