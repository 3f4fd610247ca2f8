"""Small words of the language that rules name: prepositions, pronouns, joins."""

from __future__ import annotations

from functools import cache

from domain.summaries.languages.language import language_of


@cache
def small_words(name: str, code: str = "en") -> frozenset[str]:
    """Return a list of grammar.toml."""
    return frozenset(language_of(code).data("grammar")[name].split())
