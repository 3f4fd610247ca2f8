"""What is said not to be: only what the evidence shows to be absent."""

from __future__ import annotations

from domain.summaries.fence.lexicon import Lexicon
from domain.summaries.fence.tokens import Token
from domain.summaries.fence.window import Window

DENYING = ("no", "without", "nor")
_NEGATIONS = frozenset(("no", "not", "never", "none", "nothing", "without", "nor", "neither", "hardly", "cannot", "nobody"))
_ADJECTIVES = 3  # between "no" and its noun


def class_of(noun: str) -> str:
    """Return the class of a noun as the tables of words know it."""
    return {"small": "paid", "merged": "ring"}.get(noun, "decision" if noun.startswith("d:") else noun)


def unknown(token: Token) -> str:
    """Return the complaint about a word that the lexicon does not hold."""
    if token.lemma in _NEGATIONS or token.lemma.endswith("n't"):
        return f'"{token.text}": say what the facts are, not what they are not'
    return f'the word "{token.text[:30]}" is not of the evidence: leave it out, or say it in plainer words'


def end_of_absent(window: Window, lexicon: Lexicon, at: int) -> int:
    """Return where a noun ends of which the evidence has nothing: "no order" is true; 0 for another."""
    for start in range(at, min(at + _ADJECTIVES, len(window.tokens))):
        found = window.noun(start)
        if found:
            return found[0] if window.book.lacks(class_of(found[1])) else 0
        word = lexicon.word(window.tokens[start].text) if window.tokens[start].kind == "word" else None
        nouns = list(word.nouns()) if word else []
        if nouns:
            return start + 1 if window.book.lacks(nouns[0]) else 0
        if word is None or not ("plain" in word.classes or any(word.guards())):
            return 0
    return 0
