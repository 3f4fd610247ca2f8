"""A corrected summary as an example: its sentences name kinds of facts, `{distinct_account} raised {alerts}`.

So it holds no number, no pseudonym and no fact's id of its own incident. Of another incident it says that
one's facts, and only what the fence would show of that one: see `fitted`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from domain.summaries.correction import model_draft
from domain.summaries.examples.traits import Traits
from domain.summaries.fence.book import Book
from domain.summaries.fence.strict import StrictReader
from domain.summaries.languages.language import language_of
from domain.summaries.summary import EXPLANATION_CHARS, HEADLINE_CHARS, STEPS, Draft
from domain.summaries.summary_text import SummaryText, slotted

_SLOT = re.compile(r"\{([^{}|]{1,64})\}")
_MOST_SENTENCES = 12
_TRIES = 4  # examples that are looked at, for each that is wanted


@dataclass(frozen=True, slots=True)
class Example:
    """What a person wrote, and what the incident was like."""

    traits: Traits
    headline: str
    explanation: tuple[str, ...]
    pattern: str
    next_steps: tuple[str, ...]

    @classmethod
    def of(cls, text: SummaryText, incident: Mapping[str, Any]) -> Self:
        """Return the example that a corrected text of an incident document is."""
        names = {str(fact["id"]): str(fact["name"]) for fact in incident["evidence"]["facts"]}
        named = [_named(slotted(sentence), names) for sentence in (text.headline, *text.explanation)]
        return cls(Traits.of(incident), named[0], tuple(named[1:]), text.pattern, tuple(step.id for step in text.next_steps))

    def to_document(self) -> dict[str, Any]:
        """Return the example as JSON values."""
        texts = {"headline": self.headline, "explanation": list(self.explanation), "pattern": self.pattern}
        return {"traits": self.traits.to_document(), **texts, "next_steps": list(self.next_steps)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned. Raise KeyError, TypeError or ValueError for anything else."""
        sentences = [_bounded(one, EXPLANATION_CHARS[1]) for one in document["explanation"][:_MOST_SENTENCES]]
        steps = [_bounded(one, 64) for one in document["next_steps"][: STEPS[1]]]
        headline, pattern = _bounded(document["headline"], 3 * HEADLINE_CHARS[1]), _bounded(document["pattern"], 40)
        return cls(Traits.read(document["traits"]), headline, tuple(sentences), pattern, tuple(steps))

    def of_incident(self, incident: Mapping[str, Any], reader: StrictReader) -> Draft | None:
        """Return what the example says of another incident, as a model would answer it; None for nothing.

        Sentences about facts that the other has not, or that the fence would not show of it, are left out; a
        headline like that is the template's. `reader`: of the other incident.
        """
        ids = {str(fact["name"]): str(fact["id"]) for fact in incident["evidence"]["facts"]}
        said = [one for one in (_with_ids(each, ids) for each in self.explanation) if one and reader.says(one)]
        if not said:
            return None
        own = Draft(_with_ids(self.headline, ids), " ".join(said), Book(incident).pattern_for(self.pattern), self._steps(incident, reader))
        by_code = replace(own, headline=slotted(reader.by_code.headline))
        text = reader.strictly(own)[0] or reader.strictly(by_code)[0]
        return model_draft(text) if text else None  # as code renders it: nothing that was written rides along

    def _steps(self, incident: Mapping[str, Any], reader: StrictReader) -> tuple[str, ...]:
        """Return the steps that the other incident allows, after that which its action asks for."""
        names, entries = {str(fact["name"]) for fact in incident["evidence"]["facts"]}, language_of(reader.by_code.language).steps
        fitting = [one for one in self.next_steps if one in entries and entries[one].fits(incident["action"], names)]
        must = reader.by_code.next_steps[0].id
        return tuple(fitting if must in fitting else (must, *fitting))[: STEPS[1]]


def fitted(examples: Iterable[Example], incident: Mapping[str, Any], most: int, chars: int, language: str = "en") -> tuple[Draft, ...]:
    """Return what the nearest examples say of an incident: at most `most`, of together at most `chars`."""
    mine, reader = Traits.of(incident), StrictReader(incident, language)
    nearest = sorted(examples, key=lambda one: (mine.distance(one.traits), one.headline, one.explanation))
    different: dict[object, Example] = {}
    for one in nearest:
        different.setdefault((one.headline, one.explanation, one.next_steps), one)
    found: dict[Draft, None] = {}
    for example in [*different.values()][: _TRIES * most]:
        draft = example.of_incident(incident, reader)
        if draft and len(found) < most and sum(map(_size, (*found, draft))) <= chars:
            found[draft] = None
    return tuple(found)


def _size(draft: Draft) -> int:
    return sum(map(len, (draft.headline, draft.explanation, draft.pattern, *draft.next_steps)))


def _named(sentence: str, names: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: f"{{{names[match[1]]}}}", sentence)


def _with_ids(sentence: str, ids: Mapping[str, str]) -> str:
    """Return a sentence with the ids of the facts that it names, an empty text where one is missing."""
    if not all(name in ids for name in _SLOT.findall(sentence)):
        return ""
    return _SLOT.sub(lambda match: f"{{{ids[match[1]]}}}", sentence)


def _bounded(text: object, most: int) -> str:
    if not isinstance(text, str) or len(text) > most:
        raise ValueError(f"a text of at most {most} characters is wanted")
    return text
