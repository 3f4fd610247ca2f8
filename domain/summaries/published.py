"""Whether a published summary still says what its parts say, and each number in it is that of its fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.summaries.fence.amounts import UNITS, is_duration, is_score
from domain.summaries.fence.reader import read
from domain.summaries.languages.language import Language, language_of
from domain.summaries.summary import Draft
from domain.summaries.summary_text import FIELDS, Part, Step, SummaryText

_NUMBER = re.compile(r"\d+", re.ASCII)
_WRITTEN = ("headline", "explanation", "next_steps")


def wrong_in(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the summary of an incident document; an empty list where all of it holds.

    A document of before summaries had parts is read as a model's draft. Raise KeyError or TypeError for half
    a summary.
    """
    fields = document["headline"], document["explanation"], document["pattern"], tuple(document["next_steps"])
    if "parts" not in document:
        return read(Draft(*fields), document)[1]
    text = SummaryText.of(document)
    language = language_of(text.language)
    facts = {str(fact["id"]): fact for fact in document["evidence"]["facts"]}
    sentences = (text.headline, *text.explanation, *(step.parts for step in text.next_steps))
    wrong = [complaint for sentence in sentences for part in sentence for complaint in _wrong_part(part, facts, language)]
    return [*wrong, *_differences(text, document), *(complaint for step in text.next_steps for complaint in _wrong_step(step, language))]


def _differences(text: SummaryText, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the plain texts are not those of the parts."""
    said = text.to_document()
    for name in _WRITTEN:
        if said[name] != document[name]:
            new = set(_NUMBER.findall(str(document[name]))) - set(_NUMBER.findall(str(said[name])))
            yield f"{name} is not what its parts say"
            yield from (f"{name}: the number {number} is not in the evidence" for number in sorted(new))


def _wrong_part(part: Part, facts: Mapping[str, Mapping[str, Any]], language: Language) -> Iterator[str]:
    numbers = _NUMBER.findall(part.text)
    if part.fact is None:
        yield from (f"the number {number} is not in the evidence" for number in numbers)
    elif part.fact not in FIELDS:
        fact = facts.get(part.fact)
        if fact is None:
            yield f"there is no fact {part.fact}"
        elif not _is_of(fact, part.text, numbers, language, int(facts["F1"]["value"])):
            yield f'"{part.text}" is not in the evidence as {part.fact}'


def _is_of(fact: Mapping[str, Any], text: str, numbers: list[str], language: Language, alerts: int) -> bool:
    """Return whether the numbers of a phrase are those of its fact, or "6 of 12" of all alerts."""
    held = {alerts} if " of " in text else set()
    held |= {int(number) for number in _NUMBER.findall(f"{fact['text']} {fact['value']} {language.phrase(fact)}")}
    if all(int(number) in held for number in numbers):
        return True
    count, _, unit = text.partition(" ")
    if fact["unit"] == "s":
        return count.isdigit() and unit in UNITS and is_duration(int(count), unit, fact)
    return fact["unit"] == "score" and any(is_score(number, fact) for number in re.findall(r"\d+\.\d+", text))


def _wrong_step(step: Step, language: Language) -> Iterator[str]:
    entry = language.steps.get(step.id)
    if entry is None or "".join(part.text for part in step.parts) not in (entry.text, entry.alone):
        yield f"the step {step.id} is not the catalogue's"
