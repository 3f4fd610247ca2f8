"""The form of a summary: sentences whose parts are plain words or the phrase of one fact.

A page links each phrase to its fact; plain text follows from the parts. All writers use this form: the
template, a language model, an analyst who corrects one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

FIELDS = ("action", "severity")
"""What a part may cite besides facts: fields of the incident document."""
_MARKED = re.compile(r"\{(\w+)\|([^{}|]*)\}", re.ASCII)
_FACT_ID = re.compile(r"F\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence. `fact` is the id of the fact that it says, as F3, or a name of `FIELDS`."""

    text: str
    fact: str | None = None

    def to_document(self) -> dict[str, str]:
        """Return {"text": ...}, and {"fact": ...} where it says one."""
        return {"text": self.text} if self.fact is None else {"fact": self.fact, "text": self.text}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned. Raise KeyError or TypeError for anything else."""
        return cls(document["text"], document.get("fact"))


Sentence = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A next step: its id in the catalogue of steps, and its sentence."""

    id: str
    parts: Sentence


@dataclass(frozen=True, slots=True)
class SummaryText:
    """A summary in one language, rendered: every number in it is in a part that says a fact."""

    headline: Sentence
    explanation: tuple[Sentence, ...]
    pattern: str
    next_steps: tuple[Step, ...]
    language: str = "en"
    replaced: int = 0
    """Sentences of a model that code said instead; not in the document."""

    def to_document(self) -> dict[str, Any]:
        """Return the plain texts, with citations as [F3] in the explanation, and the parts."""
        return {
            "headline": plain(self.headline),
            "explanation": " ".join(map(cited, self.explanation)),
            "pattern": self.pattern,
            "next_steps": [plain(step.parts) for step in self.next_steps],
            "language": self.language,
            "parts": {
                "headline": _documents(self.headline),
                "explanation": [_documents(sentence) for sentence in self.explanation],
                "next_steps": [{"id": step.id, "parts": _documents(step.parts)} for step in self.next_steps],
            },
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_document` returned. Raise KeyError or TypeError for anything else."""
        parts = document["parts"]
        steps = tuple(Step(step["id"], _sentence(step["parts"])) for step in parts["next_steps"])
        explanation = tuple(map(_sentence, parts["explanation"]))
        return cls(_sentence(parts["headline"]), explanation, document["pattern"], steps, document["language"])


def plain(sentence: Sentence) -> str:
    """Return a sentence without citations."""
    return "".join(part.text for part in sentence)


def cited(sentence: Sentence) -> str:
    """Return a sentence with each fact's id after its phrase: "12 accounts [F9] use ..."."""
    return "".join(f"{part.text} [{part.fact}]" if part.fact and _FACT_ID.fullmatch(part.fact) else part.text for part in sentence)


def slotted(sentence: Sentence) -> str:
    """Return a sentence as a model writes it: "{F9} use {F10} between them."."""
    return "".join(f"{{{part.fact}}}" if part.fact and _FACT_ID.fullmatch(part.fact) else part.text for part in sentence)


def marked(fact: str, text: str) -> str:
    """Return `text` with a mark that it says a fact, for `sentence_of`."""
    return f"{{{fact}|{text}}}"


def sentence_of(text: str) -> Sentence:
    """Return the parts of a text in which `marked` has put the facts. It begins with a capital letter."""
    parts, end = [], 0
    for match in _MARKED.finditer(text):
        parts += [Part(text[end : match.start()]), Part(match[2], match[1])]
        end = match.end()
    said = [part for part in (*parts, Part(text[end:])) if part.text]
    if not said:
        return ()
    first = said[0]
    return (Part(first.text[:1].upper() + first.text[1:], first.fact), *said[1:])


def _documents(sentence: Iterable[Part]) -> list[dict[str, str]]:
    return [part.to_document() for part in sentence]


def _sentence(documents: Iterable[Mapping[str, Any]]) -> Sentence:
    return tuple(map(Part.of, documents))
