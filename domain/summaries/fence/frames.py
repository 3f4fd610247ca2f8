"""The sentences that may be shown as a model wrote them: whole frames around facts, and no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from domain.summaries.fence.book import Book, Fact
from domain.summaries.languages.language import language_of

_NAME = re.compile(r"<(\w+)>")


class Frames:
    """The frames of one language, as expressions over sentences in which each fact is its slot."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._parts: Mapping[str, str] = data["parts"]
        clause, joins = self._any_of(data["clauses"]), data["joins"]
        self._sentence = re.compile(rf"(?:{joins['opening']})?{clause}(?:{joins['between']}{clause})*\.?", re.IGNORECASE)
        self._headline = re.compile(self._any_of(data["headlines"]), re.IGNORECASE)
        self._nouns = {word: kind for kind, words in data["nouns"].items() for word in words.split()}
        self.adjectives = frozenset(data["between_number_and_noun"].split())
        self.topics = {word: tuple(entry["facts"].split()) for entry in data["topics"] for word in entry["words"].split()}

    def is_sentence(self, said: str) -> bool:
        """Return whether a sentence is one frame, or several joined."""
        return self._sentence.fullmatch(said) is not None

    def is_headline(self, said: str) -> bool:
        """Return whether a headline is a frame."""
        return self._headline.fullmatch(said) is not None

    def noun(self, word: str) -> str:
        """Return what a noun, singular or plural, is a word for; an empty string for another word."""
        low = word.lower()
        return next((self._nouns[form] for form in (low, low.removesuffix("s"), low.removesuffix("es")) if form in self._nouns), "")

    def _any_of(self, frames: Mapping[str, str]) -> str:
        return f"(?:{'|'.join(map(self._expanded, frames.values()))})"

    def _expanded(self, frame: str) -> str:
        """Return a frame with its parts put in; a fact may have an article before it."""
        return _NAME.sub(
            lambda match: f"(?:{self._expanded(self._parts[match[1]])})" if match[1] in self._parts else f"(?:the |these )?{match[0]}",
            frame,
        )


def slot_of(fact: Fact, book: Book) -> str:
    """Return the slot of a frame that a fact fills."""
    name = str(fact["name"])
    kind, _, rest = name.partition("_")
    match kind:
        case "distinct" if rest == "account":
            return "account"
        case "distinct":
            return "merchant" if rest == "merchant" else "thing"
        case "type" | "small" | "decision":
            return "part"
        case "asked":
            return "claimed" if "wave_refund_request" in book.by_name else "asked"
        case "reason":
            return "top_reason" if fact is next(f for n, f in book.by_name.items() if n.startswith("reason_")) else "reason"
        case "money" | "refunds" | "wave" | "age" | "shared" | "first" | "last":
            return kind
    return name


@cache
def frames_of(code: str) -> Frames:
    """Return the frames of a language."""
    return Frames(language_of(code).data("frames"))
