"""A summary as a person corrects it: read strictly, kept in the fence's form, told as a model writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.summaries.fence.strict import Complaint, read_strictly
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText, cited, plain, slotted

_WRITTEN = ("headline", "explanation", "next_steps")


def corrected(draft: Draft, incident: Mapping[str, Any]) -> tuple[SummaryText | None, list[Complaint]]:
    """Return what a person wrote of an incident document, in its language; None with what is wrong."""
    return read_strictly(draft, incident, str(incident.get("language", "en")))


def text_in(document: Mapping[str, Any]) -> SummaryText | None:
    """Return the summary in an incident document, None where there is none, or one of before it had parts."""
    try:
        return SummaryText.of(document)
    except (KeyError, TypeError, AttributeError):
        return None


def model_draft(text: SummaryText) -> Draft:
    """Return a text as a model answers it: facts by their ids in braces, steps by theirs."""
    explanation = " ".join(map(slotted, text.explanation))
    return Draft(slotted(text.headline), explanation, text.pattern, tuple(step.id for step in text.next_steps))


def readable_draft(text: SummaryText) -> Draft:
    """Return a text as a person reads it, to be changed."""
    return Draft(plain(text.headline), " ".join(map(cited, text.explanation)), text.pattern, tuple(step.id for step in text.next_steps))


def is_changed(text: SummaryText, document: Mapping[str, Any]) -> bool:
    """Return whether a text says anything else than the summary in an incident document."""
    said = text.to_document()
    return any(said[name] != document.get(name) for name in _WRITTEN)
