"""An incident's document as a story to read: what happened, what to do, the facts that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.terminal.shown_values import amount_text, items, mapping, plain

_TEXT, _MOST_STEPS, _MOST_FACTS, _MOST_SUMS = 2000, 8, 40, 9


@dataclass(frozen=True)
class Fact:
    """A fact that the story cites."""

    id: str
    text: str


@dataclass(frozen=True)
class Story:
    """What a document says of its incident. Texts come from outside: a template escapes them."""

    explanation: str
    steps: Sequence[str]
    facts: Sequence[Fact]
    at_risk: Sequence[str]
    writer: str


def story_of(document: Mapping[str, Any]) -> Story:
    """Return the story of a document, whatever it holds."""
    facts = [mapping(fact) for fact in items(mapping(document.get("evidence")).get("facts"), _MOST_FACTS)]
    sums = list(mapping(document.get("money_at_risk")).items())[:_MOST_SUMS]
    writer = mapping(document.get("writer"))
    return Story(
        explanation=plain(document.get("explanation") or "", _TEXT),
        steps=[plain(step, _TEXT) for step in items(document.get("next_steps"), _MOST_STEPS)],
        facts=[Fact(plain(fact.get("id")), plain(fact.get("text"), _TEXT)) for fact in facts],
        at_risk=[amount_text(amount, currency) for currency, amount in sums],
        writer=plain(writer.get("model") or writer.get("name")),
    )
