"""Words that no summary may hold: claims beyond any fact, what is unsafe, what goes against the action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from domain.summaries.fence.tokens import Token
from domain.summaries.languages.language import language_of

_REACH = 4  # words over which "do not" reaches: "do not yet release"


class Outside:
    """The lists of one language."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._claims = _Words(" ".join(data["claims"].values()))
        self._unsafe = _Words(data["unsafe"]["words"])
        self._secrets, self._resetting = _Words(data["unsafe"]["secrets"]), frozenset(data["unsafe"]["resetting"].split())
        self._ranks = {word: rank for rank, words in enumerate(data["severity"]["ranks"]) for word in words.split()}
        self._rated = frozenset(data["severity"]["of"].split())
        self._relenting, self._turning = _Words(data["unsafe"]["relenting"]), frozenset(data["before_relenting"]["words"].split())

    def complaints(self, tokens: Sequence[Token], severity: str) -> list[str]:
        """Return what is wrong with a sentence whatever its facts are."""
        return [*self.unsafe(tokens), *self.claims(tokens), *self.other_severity(tokens, severity)]

    def other_severity(self, tokens: Sequence[Token], severity: str) -> Iterator[str]:
        """Yield a complaint for each word that rates the incident otherwise, as in "low severity"."""
        words = [word for token in tokens for word in token.lemma.split("-")]
        for at, word in enumerate(words):
            near = {*words[max(0, at - 3) : at], *words[at + 1 : at + 2]}
            if self._ranks.get(word, self._ranks[severity]) != self._ranks[severity] and near & self._rated:
                yield f'"{word}": the severity is {severity}'

    def claims(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield a complaint for each word that claims what no fact can say."""
        yield from (
            f'"{token.text}": no fact says so; leave it out' for token in tokens if token.kind == "word" and token.lemma in self._claims
        )

    def unsafe(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield a complaint for each word that is unsafe, or that relents."""
        lows = [token.lemma for token in tokens]
        for at, token in enumerate(tokens):
            secret = token.lemma in self._secrets and not self._resetting & set(lows)
            if token.kind == "word" and (secret or token.lemma in self._unsafe):
                yield f'"{token.text}" does not belong in a summary'
            elif token.kind == "word" and token.lemma in self._relenting and not self._turning & set(lows[max(0, at - _REACH) : at]):
                yield f'"{token.text}" goes against the action'


class _Words:
    """Words, some with all that begin with them."""

    def __init__(self, text: str) -> None:
        listed = text.split()
        self._whole = frozenset(word for word in listed if not word.endswith("*"))
        self._begins = tuple(word[:-1] for word in listed if word.endswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._begins) or word.rpartition("-")[2] in self._whole


@cache
def outside_of(code: str) -> Outside:
    """Return the lists of a language."""
    return Outside(language_of(code).data("outside"))
