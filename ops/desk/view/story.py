"""The story of an incident: its summary with phrases that lead to facts, and the facts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.graph import ENTITY_FIELDS
from domain.summaries.summary_text import Part, Sentence, SummaryText
from ops.terminal.shown_values import items, mapping, plain

_SENTENCE, _PHRASE, _FACT, _FACTS, _STEPS = 2_000, 600, 240, 80, 10
_FACT_ID = re.compile(r"F\d{1,4}", re.ASCII)
_CITED = re.compile(r"\s*\[(F\d{1,4})\]", re.ASCII)
_SHARED = re.compile(r"\b[0-9a-f]{16}\b", re.ASCII)


@dataclass(frozen=True)
class Phrase:
    """A piece of a sentence; `fact`: the fact that it says, None for plain words."""

    text: str
    fact: str | None = None
    tip: str | None = None
    """What the fact says."""


Phrases = Sequence[Phrase]


@dataclass(frozen=True)
class Fact:
    """A fact as the page lists it."""

    id: str
    text: str
    entity: str | None
    """The entity that its text names, as `device:9c41...`."""

    @property
    def anchor(self) -> str | None:
        """What a phrase links to, None for an id that is none."""
        return self.id if _FACT_ID.fullmatch(self.id) else None

    @property
    def around(self) -> tuple[str, str, str]:
        """The text before the entity's pseudonym, that, and the text after it."""
        if self.entity is None:
            return self.text, "", ""
        return self.text.partition(self.entity.partition(":")[2])


@dataclass(frozen=True)
class Story:
    """What is to be read first."""

    headline: Phrases
    sentences: Sequence[Phrases]
    steps: Sequence[Phrases]
    facts: Sequence[Fact]
    writer: str
    """Who wrote it; empty where the document does not say."""


def story_of(document: Mapping[str, Any], headline: str | None) -> Story:
    """Return the story of an incident document; of one without parts, as older ones are, its plain texts."""
    facts = tuple(map(_fact, map(mapping, items(mapping(document.get("evidence")).get("facts"), _FACTS))))
    tips = {fact.anchor: fact.text for fact in facts if fact.anchor}
    text = _parts(document)
    if text is None:
        steps = [(Phrase(plain(step, _SENTENCE)),) for step in items(document.get("next_steps"), _STEPS)]
        title = (Phrase(plain(headline or "An incident without a headline yet", _PHRASE)),)
        return Story(title, _written(document, tips), steps, facts, _writer(document))
    return Story(
        _phrases(text.headline, tips),
        [_phrases(sentence, tips) for sentence in text.explanation[:_FACTS]],
        [_phrases(step.parts, tips) for step in text.next_steps[:_STEPS]],
        facts,
        _writer(document),
    )


def _parts(document: Mapping[str, Any]) -> SummaryText | None:
    try:
        return SummaryText.of(document)
    except (KeyError, TypeError, AttributeError):
        return None


def _phrases(sentence: Sentence, tips: Mapping[str, str]) -> Phrases:
    return [_phrase(part, tips) for part in sentence[:_FACTS]]


def _phrase(part: Part, tips: Mapping[str, str]) -> Phrase:
    text = str(part.text)
    shown = plain(f".{text}.", _PHRASE)[1:-1]  # the spaces at its ends are the sentence's
    return Phrase(shown, part.fact, tips[part.fact]) if isinstance(part.fact, str) and part.fact in tips else Phrase(shown)


def _written(document: Mapping[str, Any], tips: Mapping[str, str]) -> Sequence[Phrases]:
    """Return an explanation of before summaries had parts: its citations become phrases of their own."""
    if not document.get("explanation"):
        return []
    pieces = _CITED.split(plain(document["explanation"], _SENTENCE))
    return [[Phrase(f" {piece}", piece, tips[piece]) if piece in tips else Phrase(piece) for piece in pieces if piece]]


def _fact(fact: Mapping[str, Any]) -> Fact:
    text, kind = plain(fact.get("text"), _FACT), str(fact.get("name")).removeprefix("shared_")
    found = _SHARED.search(text) if kind in ENTITY_FIELDS else None
    return Fact(plain(fact.get("id"), 8), text, f"{kind}:{found[0]}" if found else None)


def _writer(document: Mapping[str, Any]) -> str:
    writer = mapping(document.get("writer"))
    if not writer:
        return ""
    return "the template" if writer.get("name") != "llm" else f"the language model {plain(writer.get('model'), 60)}"
