"""The nouns of a language and what is read as one word: from frames.toml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.summaries.fence.inflection import lemmas_of
from domain.summaries.languages.language import language_of


@dataclass(frozen=True, slots=True)
class Noun:
    """A word for what facts count: its singular, and the class of the thing."""

    lemma: str
    kind: str


class Lexicon:
    """Nouns, compounds, adjectives and idioms of one language."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._nouns = {word: kind for kind, words in data["items"].items() for word in words.split()}
        self.compounds: dict[tuple[str, ...], str] = {tuple(text.split()): name for text, name in data["compounds"].items()}
        self._adjectives = frozenset(data["adjectives"]["words"].split())
        self._idioms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for need, texts in data["absent"].items():
            for text in texts:
                key = tuple(text.replace(",", " ,").lower().split())
                self._idioms.setdefault(key[0], []).append((key, need))
        for listed in self._idioms.values():
            listed.sort(key=lambda one: -len(one[0]))

    def noun(self, text: str) -> Noun | None:
        """Return the noun that a word is a form of, None for another word."""
        return next((Noun(lemma, self._nouns[lemma]) for lemma in lemmas_of(text) if lemma in self._nouns), None)

    def is_adjective(self, text: str) -> bool:
        """Return whether a word may be between a number and its noun."""
        return text.lower() in self._adjectives

    def idiom(self, words: Sequence[str], at: int) -> tuple[int, str] | None:
        """Return how many words from `at` on are the longest idiom, and what it needs."""
        for key, need in self._idioms.get(words[at], ()):
            if tuple(words[at : at + len(key)]) == key:
                return len(key), need
        return None


@cache
def lexicon_of(code: str) -> Lexicon:
    """Return the lexicon of a language."""
    return Lexicon(language_of(code).data("frames"))
