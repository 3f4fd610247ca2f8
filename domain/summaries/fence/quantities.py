"""Whether what a clause says of all, most or half of the alerts holds by the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import EVENTS, THINGS, Book
from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.units import Unit
from domain.summaries.fence.verbs import noun_at

_SCOPE = 5  # units after a guarded word in which its noun is looked for
_UNRANKED = small_words("unranked")
_LINKING = small_words("linking")
_BEYOND = small_words("beyond")
_OF_SEVERITY = ("severity", "risk", "priority", "gravity", "urgency")
_ALWAYS_SEVERITY = ("critical", "severe", "serious", "grave", "urgent", "minor", "moderate", "trivial")
_LEAST = {"several": 3, "multiple": 2, "few": 3, "couple": 2, "many": 10, "numerous": 10}
_DECIDED = {"block": "block", "investigate": "investigate", "challenge": "challenge"}
_ABOUT = small_words("predicate")
_MOSTLY = small_words("mostly")


def _wrong_counts(units: Sequence[Unit]) -> Iterator[str]:
    """Yield a complaint for "two reasons" where the sentence does not give two."""
    listed = sum(unit.kind == "fact" and unit.definite for unit in units)
    for unit in units:
        count = whole(unit.text) if unit.kind == "word" else None
        if count is not None and count > 1 and count != listed:
            yield f'"{unit.text}": the sentence gives {listed}; leave the number out'


def wrong_quantities(units: Sequence[Unit], book: Book) -> Iterator[str]:
    """Yield a complaint where a clause says of all or most alerts or accounts what is so of fewer."""
    yield from _wrong_counts(units)
    most = any("most" in unit.word.guards() or unit.word.lemma in _MOSTLY for unit in units if unit.word)
    for clause in _clauses(units):
        yield from _clause(clause, book, most)


def _clauses(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    clause: list[Unit] = []
    for unit in units:
        if unit.kind == "mark" and unit.text in ".;:?!(),":
            yield clause
            clause = []
        else:
            clause.append(unit)
    yield clause


def _clause(units: list[Unit], book: Book, most: bool) -> Iterator[str]:
    lows = {unit.word.lemma if unit.word else unit.low for unit in units}
    guards = {guard for unit in units if unit.word for guard in unit.word.guards()} | (
        {"all"} if any(u.need == "all_one_type" for u in units) else set()
    )
    share = 0.0 if lows & {"include", "such as", "among"} else 0.5 if most else 1.0
    if "half" in guards:
        share = 0.5
    said = _said(units, book)
    if not said:
        return
    text = " ".join(unit.text for unit in units)[:60]
    kinds = [value for name, value in said if name.startswith("type_")]
    other = [value for name, value in said if not name.startswith("type_")]
    if kinds and sum(kinds) < share * book.alerts:
        yield f'"{text}": so are {sum(kinds)} of the {book.alerts} alerts; say it with the fact'
    if any(value < share * book.alerts for value in other):
        yield f'"{text}": so are {min(other)} of the {book.alerts} alerts; say it with the fact'
    if "half" in guards and any(2 * value != book.alerts for _, value in said):
        yield f'"{text}": it is not half of them'


def _said(units: list[Unit], book: Book) -> list[tuple[str, int]]:
    """Return the facts that a clause says of alerts or accounts without their number."""
    said: list[tuple[str, int]] = []
    whose = next((noun for n in range(len(units)) if (noun := noun_at(units, n)) in ("alert", "account")), "")
    pronoun = any(unit.low in ("they", "it", "all", "it's", "these", "them", "exclusively", "solely", "entirely") for unit in units)
    for n, unit in enumerate(units):
        before = units[n - 1] if n else None
        if unit.fact is not None and unit.definite:
            continue
        noun = noun_at(units, n)
        counted = any(u.fact is not None and str(u.fact["name"]).startswith("type_") for u in units[max(0, n - 3) : n])
        if (
            noun in EVENTS
            and not counted
            and (whose or pronoun)
            and _is_predicate(units, n)
            and not (n + 1 < len(units) and units[n + 1].kind == "fact")
        ):
            said.append((f"type_{EVENTS[noun]}", int(book.value(f"type_{EVENTS[noun]}"))))
        if unit.word and unit.word.lemma in _DECIDED and unit.word.form == "ed" and whose == "alert" and not _has_fact(units, "decision_"):
            said.append((f"decision_{unit.word.lemma}", int(book.value(f"decision_{unit.word.lemma}"))))
        if (
            unit.word
            and unit.word.lemma == "block"
            and before is not None
            and before.low in ("decided", "marked", "say", "says")
            and not _has_fact(units, "decision_")
        ):
            said.append(("decision_block", int(book.value("decision_block"))))
        if (
            noun in THINGS
            and (whose == "account" or "all" in _guards(units))
            and _one(units, n)
            and not book.everywhere(noun)
            and not book.single(noun)
        ):
            said.append((f"shared_{noun}", int(book.value(f"shared_{noun}"))))
    return said


def _guards(units: list[Unit]) -> set[str]:
    return {guard for unit in units if unit.word for guard in unit.word.guards()}


def _has_fact(units: list[Unit], prefix: str) -> bool:
    return any(unit.fact is not None and str(unit.fact["name"]).startswith(prefix) for unit in units)


def _is_predicate(units: list[Unit], at: int) -> bool:
    """Return whether a kind of event is what alerts are said to be, or to be for."""
    for unit in reversed(units[max(0, at - 4) : at]):
        if unit.low in _ABOUT or (
            unit.word
            and unit.word.lemma
            in ("be", "concern", "relate", "place", "make", "raise", "attempt", "request", "trigger", "generate", "produce")
        ):
            return True
        if unit.kind in ("fact", "idiom") or unit.low in ("of", "in", "from", "the", "by", "with"):
            return False
    return False


def _one(units: list[Unit], at: int) -> bool:
    before = units[max(0, at - 3) : at]
    return any((unit.word and "same" in set(unit.word.guards())) or unit.low == "one" for unit in before)
