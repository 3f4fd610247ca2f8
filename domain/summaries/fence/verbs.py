"""Verbs and nouns of a sentence, found without a grammar: by the words next to them."""

from __future__ import annotations

from collections.abc import Sequence

from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.units import Unit

_BE = "be"
_AUXILIARIES = small_words("auxiliaries")
_PREPOSITIONS = small_words("prepositions")
_JOINS = frozenset(["and", "or", "but"])
_CLAUSES = small_words("clauses")
_DETERMINERS = small_words("determiners")


def noun_at(units: Sequence[Unit], at: int) -> str:
    """Return the class of the noun that a unit is, an empty string for what is none."""
    if at >= len(units):
        return ""
    unit = units[at]
    if unit.kind == "fact":
        return unit.noun or ""
    if unit.kind != "word" or not unit.word:
        return ""
    if unit.noun:
        return unit.noun
    nouns = list(unit.word.nouns())
    if not nouns or is_verb(units, at):
        return ""
    return nouns[0]


def is_verb(units: Sequence[Unit], at: int) -> bool:
    unit = units[at]
    if unit.kind != "word" or not unit.word or unit.noun:
        return False
    word = unit.word
    if word.lemma == _BE or (word.lemma in ("have", "do") and word.lemma != unit.low) or unit.low in ("have", "do"):
        return True
    if not any(word.verbs()):
        return False
    before = _before(units, at)
    if word.form in ("ed", "ing"):
        after = units[at + 1] if at + 1 < len(units) else None
        adjective = (
            before is not None
            and before.low in _DETERMINERS
            and after is not None
            and after.kind == "word"
            and after.low not in _PREPOSITIONS
        )
        return not adjective
    nominal = any(word.nouns()) or "plain" in word.classes or any(word.guards())
    if not nominal:
        return True
    if before is None or before.kind == "mark":
        return False
    if before.kind == "fact":
        return word.form == "s" or before.noun != "alert" or not any(word.nouns())
    if noun := noun_at(units, units.index(before)) if before.kind == "word" else "":
        plural = before.low.endswith("s") and not before.low.endswith("ss")
        return bool(noun) and word.form == ("" if plural else "s")
    return before.low in ("to", "they", "we", "it", "that", "which", "who") or before.low in _AUXILIARIES


def _before(units: Sequence[Unit], at: int) -> Unit | None:
    """Return the unit before, but for adverbs."""
    for unit in reversed(units[:at]):
        if not (unit.kind == "word" and unit.low.endswith("ly")) and unit.low not in ("also", "just", "only", "together", "too", "then"):
            return unit
    return None


def verb_at(units: Sequence[Unit], at: int) -> tuple[int, bool, frozenset[str]]:
    """Return where a group of verbs ends, whether it is passive, and its classes: {"be"} for a copula."""
    last, main, passive, end = units[at].word, units[at], False, at + 1
    helped = False
    while last is not None and last.lemma in _AUXILIARIES:
        n = end
        while (
            n < len(units)
            and units[n].kind == "word"
            and (
                units[n].low.endswith("ly")
                or units[n].low in ("also", "just", "only", "already", "all", "both", "now", "not", "together", "still")
            )
        ):
            n += 1
        after = units[n].word if n < len(units) and units[n].kind == "word" and not units[n].noun else None
        if after is None or not (after.lemma in ("be", "have") or (any(after.verbs()) and after.form in ("ed", "ing"))):
            break
        helped, passive = True, last.lemma == _BE and after.form == "ed"
        last, main, end = after, units[n], n + 1
    word = main.word
    assert word is not None
    if word.lemma == _BE or (word.lemma == "have" and not helped) or (word.lemma == "do"):
        return end, False, frozenset({word.lemma} if word.lemma == _BE else {"have"})
    verbs = frozenset(word.verbs())
    if not helped and word.form == "ed":
        passive = object_at(units, end) is None and not (end < len(units) and units[end].low in ("them", "it", "these", "those", "this"))
    return end, passive, verbs


def object_at(units: Sequence[Unit], at: int) -> tuple[str, str] | None:
    """Return the noun right after a verb: class and text."""
    for n in range(at, min(at + 6, len(units))):
        unit = units[n]
        if (
            unit.kind in ("mark", "idiom")
            or unit.low in _PREPOSITIONS
            or unit.low in _JOINS
            or unit.low in _CLAUSES
            or unit.low in ("that", "which", "what", "how")
        ):
            return None
        if noun := noun_at(units, n):
            if unit.kind == "word" and n + 1 < len(units) and units[n + 1].kind == "word" and noun_at(units, n + 1):
                continue
            return noun, unit.text
        if unit.kind == "word" and n > at and is_verb(units, n):
            return None
    return None
