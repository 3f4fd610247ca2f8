"""The catalogue of next steps as the fence knows it: how each is said, and which an incident allows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.summaries.fence.book import Book
from domain.summaries.fence.tokens import Token
from domain.summaries.languages.language import language_of

_ID = re.compile(r"[a-z]+(?:_[a-z]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one way of saying a step is recognised; see step_words.toml."""

    id: str
    verbs: frozenset[str]
    objects: frozenset[str]
    also: frozenset[str]
    needs: frozenset[str]
    says: frozenset[str]
    unless: frozenset[str]
    bare: bool


class StepWords:
    """The rules of one language."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.preface, self._relenting = frozenset(data["preface"]["words"].split()), frozenset(data["relenting"].split())
        self.sensitive, self.held_back = frozenset(data["sensitive"].split()), frozenset(data["held_back"].split())
        self.nouns: dict[str, set[str]] = {}
        for name, listed in data["nouns"].items():
            for word in listed.split():
                self.nouns.setdefault(word, set()).add(name)
        self.rules = tuple(_rule(entry) for entry in data["rule"])
        self.verbs = frozenset(verb for rule in self.rules for verb in rule.verbs)
        self.advice: Mapping[str, str] = data["advice"]
        self.advice_alone: Mapping[str, str] = data["advice_alone"]

    def verb_of(self, low: str) -> str:
        """Return the verb of a step that a form is of: escalated, monitoring."""
        if low == "held":
            return "hold"
        stems = {low.removesuffix(end) + more for end in ("ed", "ing") if low.endswith(end) for more in ("", "e")}
        stems |= {low[:-3] + "y"} if low.endswith("ied") else set()
        return next((stem for stem in sorted(stems) if stem in self.verbs), "")

    def relents(self, tokens: Sequence[Token]) -> bool:
        """Return whether a text begins a clause with a verb that lets go, such as "clear the accounts"."""
        begins = [0, *(n + 1 for n, token in enumerate(tokens[:-1]) if token.kind == "mark" or token.lemma in ("and", "then", "or"))]
        return any(tokens[n].lemma in self._relenting for n in begins if n < len(tokens))


def _rule(entry: Mapping[str, Any]) -> Rule:
    sets = {name: frozenset(entry.get(name, "").split()) for name in ("verbs", "objects", "also", "needs", "says", "unless")}
    return Rule(id=entry["id"], bare=entry.get("bare", False), **sets)


@cache
def step_words_of(code: str) -> StepWords:
    """Return the rules of a language."""
    return StepWords(language_of(code).data("step_words"))


def fits(name: str, book: Book, code: str) -> bool:
    """Return whether the catalogue allows a step for the incident's action and its evidence."""
    return language_of(code).steps[name].fits(book.action, book.by_name.keys())


def forbids(name: str, book: Book, code: str) -> bool:
    """Return whether a step goes beyond the action of the incident."""
    actions = language_of(code).steps[name].actions
    return "block" in actions and book.action not in actions


def step_id(text: str, code: str) -> str:
    """Return the id that a step is written as; an empty string for a sentence."""
    for name, entry in language_of(code).steps.items():
        if text.strip() in (entry.text, entry.alone):
            return name
    begin = text.partition(":")[0] if is_id(text.partition(":")[0]) else text
    plain = begin.strip().strip("[]{}\"'`.").lower().replace(" ", "_") if len(begin) < 40 else ""
    return plain if plain in language_of(code).steps else ""


def is_id(text: str) -> bool:
    """Return whether a step is written as an id, known or not."""
    return bool(_ID.fullmatch(text.strip()))
