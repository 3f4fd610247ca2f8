"""The phrases of the facts of one incident, found in a text; numbers are compared by their value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.frames import Frames
from domain.summaries.fence.tokens import Token, UnreadableError, tokens_of
from domain.summaries.languages.language import Language

_NUMBER = re.compile(r"(?<!\w)\d[\d,]*(?:\.\d+)?(?!\w)", re.ASCII)
_PSEUDONYM = re.compile(r"\b[0-9a-f]{16}\b", re.ASCII)


class Phrases:
    """The phrases of facts as keys of tokens."""

    def __init__(self, book: Book, frames: Frames, language: Language) -> None:
        self._frames = frames
        self._known: list[tuple[tuple[str, ...], Fact]] = []
        for fact in book.by_id.values():
            for text in {language.phrase(fact), language.phrase(fact, "short"), str(fact["text"])}:
                self._known += [(key, fact) for key in self._keys(text)]
        self._known.sort(key=lambda known: -len(known[0]))

    def at(self, tokens: Sequence[Token], at: int) -> tuple[int, Fact] | None:
        """Return where the longest phrase ends that begins at a token, and its fact."""
        keys = [self.key(token) for token in tokens[at : at + 12]]
        for key, fact in self._known:
            if tuple(keys[: len(key)]) == key:
                return at + len(key), fact
        return None

    def key(self, token: Token) -> str:
        """Return what is the same for all ways to write a token."""
        if token.kind == "number":
            return f"#{float(token.number):g}"
        if token.kind != "word":
            return "\0" if token.kind in ("fact", "cite") else token.text
        value = whole(token.text)
        return f"#{value}" if value is not None else self._frames.noun(token.text) or token.lemma

    def _keys(self, text: str) -> Iterator[tuple[str, ...]]:
        try:
            key = tuple(self.key(token) for token in tokens_of(text) if token.lemma not in self._frames.adjectives)
        except UnreadableError:
            return
        if len(key) > 1:
            yield key


def numbers_of(fact: Fact) -> set[float]:
    """Return the numbers that a fact says: its value and those of its text."""
    if fact["unit"] in ("time", "s"):
        return set()
    said = {float(number.replace(",", "")) for number in _NUMBER.findall(_PSEUDONYM.sub("", str(fact["text"])))}
    return said | ({float(fact["value"])} if fact["unit"] != "weight" else set())
