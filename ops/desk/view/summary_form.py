"""What the form of a summary holds: the summary as it is read, what one has said of it, or has sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.summaries.correction import readable_draft, text_in
from domain.summaries.languages.language import language_of
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText
from ops.cases.tables import SummaryFeedback
from ops.desk.forms import Form
from ops.terminal.shown_values import items, mapping, plain

_TEXT = 4_000


@dataclass(frozen=True)
class StepChoice:
    """A step that the incident allows."""

    id: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class SummaryForm:
    """The fields of the form. `can_correct`: whether there is a summary in the fence's form."""

    can_correct: bool
    rating: str
    why: str
    corrects: bool
    headline: str
    explanation: str
    steps: Sequence[StepChoice]
    revision: int
    version: int


def form_of(document: Mapping[str, Any], own: SummaryFeedback | None) -> SummaryForm:
    """Return the form for a document's summary, or for what somebody has said of it."""
    text = text_in(own.text) if own and own.text else text_in(document)
    draft = readable_draft(text) if isinstance(text, SummaryText) else Draft("", "", "", ())
    rating, why, version = (own.rating, own.why or "", own.version) if own else ("", "", 0)
    return SummaryForm(
        text is not None, rating, why, bool(own and own.text), plain(draft.headline, _TEXT), plain(draft.explanation, _TEXT),
        _steps(document, draft.next_steps), int(document["revision"]), version,
    )  # fmt: skip


def sent_form(document: Mapping[str, Any], sent: Form) -> SummaryForm:
    """Return the form as it was sent, to be mended. Its version and revision stay what the sender saw."""
    revision, version = (sent.number(name) or 0 for name in ("revision", "version"))
    return SummaryForm(
        text_in(document) is not None, sent.one("rating"), sent.one("why"), bool(sent.one("corrects")), sent.one("headline"),
        sent.one("explanation"), _steps(document, sent.all("step")), revision, version,
    )  # fmt: skip


def _steps(document: Mapping[str, Any], chosen: Sequence[str]) -> list[StepChoice]:
    """Return the steps of the catalogue that an incident allows, the chosen ones first."""
    facts = [mapping(fact) for fact in items(mapping(document.get("evidence")).get("facts"), 200)]
    names, action = {str(fact.get("name")) for fact in facts}, str(document.get("action"))
    alone = any(fact.get("name") == "distinct_account" and fact.get("value") == 1 for fact in facts)
    fitting = [entry for entry in language_of("en").steps.values() if entry.fits(action, names)]
    fitting.sort(key=lambda entry: (list(chosen).index(entry.id) if entry.id in chosen else len(chosen), entry.id))
    return [StepChoice(entry.id, entry.alone if alone else entry.text, entry.id in chosen) for entry in fitting]
