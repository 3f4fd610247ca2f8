"""Who does what: each verb's subject and object must be related by a fact.

No grammar of English: the nearest noun before a verb that no preposition holds, and the nearest after it.
Where that finds nothing, nothing is claimed. What it finds must be in relations.toml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.units import Unit
from domain.summaries.fence.verbs import is_verb, noun_at, object_at, verb_at
from domain.summaries.languages.language import language_of

_BE = "be"
_PREPOSITIONS = small_words("prepositions")
_PRONOUNS = small_words("pronouns")
_PERSONS = frozenset(["they", "someone", "somebody", "everyone", "who"])
_JOINS = frozenset(["and", "or", "but"])
_CLAUSES = small_words("clauses")
_QUANTIFIERS = frozenset(("all", "most", "half", "several"))
_STOPS = small_words("stops")
_MONEY_VERBS = small_words("money_verbs")


class Relations:
    """The tables of one language."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._tables = {name: {key: frozenset(text.split()) for key, text in table.items()} for name, table in data.items()}

    def allows_subject(self, noun: str, verbs: frozenset[str], passive: bool) -> bool:
        """Return whether a kind of thing does this, or, in the passive, has it done to it."""
        table = self._tables["passive" if passive else "active"]
        return noun not in table or bool(table[noun] & verbs)

    def allows_agent(self, noun: str, verbs: frozenset[str]) -> bool:
        """Return whether a kind of thing can be who did it."""
        tables = [self._tables["agents"][verb] for verb in verbs if verb in self._tables["agents"]]
        return not tables or any(noun in table for table in tables)

    def allows_object(self, noun: str, verbs: frozenset[str]) -> bool:
        """Return whether this is done to a kind of thing."""
        tables = [self._tables["objects"][verb] for verb in verbs if verb in self._tables["objects"]]
        return len(tables) < len(verbs) or any(noun in table for table in tables)

    def forbids(self, subject: tuple[str, str] | None, verbs: frozenset[str], target: tuple[str, str]) -> bool:
        """Return whether this subject does not do this to this object, though it may do it to others."""
        verb, _, noun = " ".join(
            sorted(self._tables["never"].get(subject[0] if subject else "", ()), key=lambda word: word == "account")
        ).partition(" ")
        return verb in verbs and noun == target[0]

    def allows_complement(self, subject: str, noun: str) -> bool:
        """Return whether the one can be the other."""
        table = self._tables["complements"]
        return subject not in table or noun in table[subject] or noun not in table


@cache
def relations_of(code: str) -> Relations:
    """Return the relations of a language."""
    return Relations(language_of(code).data("relations"))


@dataclass(slots=True)
class _Clause:
    subject: tuple[str, str] | None = None
    """Class of the noun, and its text."""
    since: list[tuple[str, str, str]] = field(default_factory=list)
    """Nouns since the last verb: class, preposition before it, text."""
    preposition: str = ""
    joined: bool = False


def wrong_relations(units: Sequence[Unit], relations: Relations) -> Iterator[str]:
    """Yield a complaint for each verb whose subject or object no fact relates."""
    clause = _Clause()
    at = 0
    while at < len(units):
        unit = units[at]
        if unit.kind == "mark" and unit.text in _STOPS:
            clause = _Clause()
        elif is_verb(units, at):
            end, passive, verbs = verb_at(units, at)
            yield from _check(units, at, end, passive, verbs, clause, relations)
            at = end
            clause.since, clause.preposition, clause.joined = [], "", False
            continue
        else:
            _take(unit, clause, units, at)
        at += 1


def _take(unit: Unit, clause: _Clause, units: Sequence[Unit], at: int) -> None:
    low = unit.low
    if unit.kind == "mark" or low in _JOINS:
        clause.joined, clause.preposition = True, ""
    elif noun := noun_at(units, at):
        if noun_at(units, at + 1) and unit.kind == "word" and units[at + 1].kind == "word":
            return  # the first half of a compound
        clause.since.append((noun, clause.preposition, unit.text))
        clause.preposition = ""
    elif low in _PRONOUNS:
        if low not in ("that", "which", "who") or clause.joined:
            clause.since.append(("they" if low in _PERSONS else "", clause.preposition, unit.text))
        clause.preposition = ""
    elif low in _PREPOSITIONS:
        before = units[at - 1] if at else None
        of_all = (
            low == "of"
            and before is not None
            and (before.low in ("one", "some") or (before.word is not None and bool(_QUANTIFIERS & set(before.word.guards()))))
        )
        clause.preposition = "" if of_all else low
    elif low in _CLAUSES:
        clause.subject, clause.since, clause.preposition = None, [], ""


def _check(
    units: Sequence[Unit], at: int, end: int, passive: bool, verbs: frozenset[str], clause: _Clause, relations: Relations
) -> Iterator[str]:
    free = [(noun, text) for noun, preposition, text in clause.since if not preposition]
    subject = free[-1] if free else clause.subject
    target = object_at(units, end)
    said = " ".join(unit.text for unit in units[at:end])
    clause.subject = subject
    if (
        passive
        and verbs <= {"seem", "plain"}
        and "seem" in verbs
        and not (end < len(units) and units[end].low in ("to", "like", "as", "back", "on", "at", "in"))
    ):
        yield f'"{said}": no fact says so'
    if verbs == {_BE}:
        if clause.since and (not free or clause.since[0][1] == "behind"):
            return  # "behind these alerts are 12 accounts"
        if subject and subject[0] and target and not relations.allows_complement(subject[0], target[0]):
            yield f'"{subject[1]} {said} {target[1]}": no fact says so'
        return
    if subject and subject[0] and not relations.allows_subject(subject[0], verbs, passive):
        yield f'"{subject[1]} {said}": no fact says that of {_plural(subject[0])}'
    elif (
        not passive
        and target
        and (
            not relations.allows_object(target[0], verbs)
            or relations.forbids(subject, verbs, target)
            or _is_taking(units[at:end], verbs, target)
        )
    ):
        yield f'"{said} {target[1]}": no fact says so'
    elif passive and (agent := _agent(units, end)) and not relations.allows_agent(agent[0], verbs):
        yield f'"{said} by {agent[1]}": no fact says so'
    if "use" in verbs and end < len(units) and units[end].low == "for" and noun_at(units, end + 1) == "money":
        yield f'"{said} for {units[end + 1].text}": no fact says so'


def _is_taking(said: Sequence[Unit], verbs: frozenset[str], target: tuple[str, str]) -> bool:
    """Return whether a plain verb has a sum for its object, as in "the ring kept 500 EUR"."""
    lemmas = {unit.word.lemma for unit in said if unit.word}
    return target[0] == "money" and verbs <= {"plain"} and not lemmas & _MONEY_VERBS


def _agent(units: Sequence[Unit], at: int) -> tuple[str, str] | None:
    if at < len(units) and units[at].low in ("by", "through", "via"):
        return object_at(units, at + 1)
    return None


def _plural(noun: str) -> str:
    return {"they": "them", "paid": "payments", "ip": "IP addresses", "money": "money", "shared": "shared things"}.get(noun, f"{noun}s")
