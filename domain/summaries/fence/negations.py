"""What is said not to be: only what the evidence shows to be absent."""

from __future__ import annotations

from domain.summaries.fence.inflection import lemmas_of
from domain.summaries.fence.lexicon import Lexicon
from domain.summaries.fence.window import Window

DENYING = ("no", "without", "nor")
_DENIALS = frozenset(("not", "never", "nor", "neither", "cannot"))
_RELATIONS = frozenset(("share", "use", "link", "connect", "tie", "relate", "involve", "raise", "belong", "trigger", "block", "flag"))
_ADJECTIVES = 3  # between "no" and its noun


def class_of(noun: str) -> str:
    """Return the class of a noun as the tables of words know it."""
    return {"small": "paid", "merged": "ring"}.get(noun, "decision" if noun.startswith("d:") else noun)


def denies(window: Window, at: int) -> bool:
    """Return whether a word denies a relation that a fact may state: "do not share"."""
    lemma = window.lemma(at)
    if lemma not in _DENIALS and not lemma.endswith("n't"):
        return False
    return any(_RELATIONS & {*lemmas_of(word)} for word in window.lemmas(at + 1, 4))


def end_of_absent(window: Window, lexicon: Lexicon, at: int) -> int:
    """Return where a noun ends of which the evidence has nothing: "no order" is true; 0 for another."""
    for start in range(at, min(at + _ADJECTIVES, len(window.tokens))):
        found = window.noun(start)
        if found:
            return found[0] if window.book.lacks(class_of(found[1])) else 0
        if noun := lexicon.noun(window.tokens[start].text):
            return start + 1 if window.book.lacks(noun.kind) else 0
        if not lexicon.is_adjective(window.tokens[start].text):
            return 0
    return 0
