"""A sentence as units: phrases of facts, words and idioms with their classes, marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.summaries.fence.book import EVENTS, THINGS, Fact
from domain.summaries.fence.lexicon import Noun

_OF_EVENTS = {f"type_{kind}": noun for noun, kind in EVENTS.items()}


@dataclass(slots=True)
class Unit:
    """One unit of a sentence, as it is rendered."""

    kind: Literal["fact", "word", "idiom", "mark"]
    text: str
    fact: Fact | None = None
    noun: str | None = None
    """Class of the noun that a fact's phrase is headed by, or that the word was read as."""
    word: Noun | None = None
    need: str = ""
    """What an idiom needs."""
    glued: bool = False
    definite: bool = True
    """Whether a fact's phrase was written as a number or a placeholder, not only hinted at by a citation."""

    @property
    def noun_kind(self) -> str:
        """The class of the noun that a word is, an empty string for another."""
        return self.noun or (self.word.kind if self.word else "")

    @property
    def low(self) -> str:
        """The text in small letters."""
        return self.text.lower()


def noun_of(fact: Fact, phrase: str = "") -> str:
    """Return the class of the noun of a fact's phrase: account, alert, device, shared, money, duration."""
    name = str(fact["name"])
    kind, _, rest = name.partition("_")
    if kind == "distinct":
        return rest if rest in (*THINGS, "account") else "thing"
    if kind == "type":
        return _OF_EVENTS.get(name, "alert") if phrase and "alert" not in phrase else "alert"
    if kind in ("money", "refunds"):
        return "money"
    if kind == "more":
        return "money"
    return {
        "alerts": "alert", "unconnected": "alert", "decision": "alert", "merged": "merged", "small": "paid", "first": "time",
        "last": "time",         "duration": "duration", "shared": "shared", "reason": "reason", "score": "score",
    }.get(kind, "fact")  # fmt: skip
