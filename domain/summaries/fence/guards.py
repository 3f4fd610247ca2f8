"""What words need of the evidence: a guarded word, a noun, a verb that says more than a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
_CRIMES = ("fraud", "abuse", "misuse")
_LEAST = {"several": 3, "multiple": 2, "few": 3, "couple": 2, "many": 10, "numerous": 10}


def wrong_words(units: Sequence[Unit], book: Book) -> Iterator[str]:
    """Yield a complaint for each word that needs what the evidence does not hold."""
    for at, unit in enumerate(units):
        if unit.kind == "idiom" and "part of" in unit.low and at and units[at - 1].kind == "fact" and units[at - 1].noun != "merged":
            yield f'"{units[at - 1].text} {unit.text}": no fact says so'
        if unit.kind != "word" or unit.word is None:
            continue
        if unit.low in ("the", "a", "an") and _breaks_off(units, at + 1):
            yield f'"{unit.text}" has no noun after it'
        yield from _noun(unit, units, at, book)
        yield from _verb(unit, units, at, book)
        for need in unit.word.guards():
            if complaint := _guarded(need, unit, units, at, book):
                yield complaint


def _noun(unit: Unit, units: Sequence[Unit], at: int, book: Book) -> Iterator[str]:
    nouns = [unit.noun] if unit.noun else list(unit.word.nouns()) if unit.word else []
    if (
        nouns
        and unit.word
        and "plain" not in unit.word.classes
        and not any(map(book.names, nouns))
        and (noun_at(units, at) or nouns[0] in EVENTS)
    ):
        yield f'"{unit.text}": the evidence has no such thing'


def _breaks_off(units: Sequence[Unit], at: int) -> bool:
    return (
        at >= len(units)
        or (units[at].kind == "mark" and units[at].text not in "\"'(")
        or units[at].low in ("of", "in", "on", "by", "from", "with", "to", "and", "or", "the", "a", "at")
    )


def _verb(unit: Unit, units: Sequence[Unit], at: int, book: Book) -> Iterator[str]:
    """Hold verbs that say more than a relation against the evidence, and what goes beyond a number."""
    lemma = unit.word.lemma if unit.word else ""
    after = units[at + 1] if at + 1 < len(units) else None
    linking = (
        lemma in _LINKING
        and not (lemma == "relate" and after is not None and after.low == "to")
        and not any(u.need == "unlinked" for u in units)
    )
    if linking and not book.connected and book.accounts != 1:
        yield f'"{unit.text}": nothing connects these accounts'
    if lemma in _CRIMES and (before_it := next((u for u in reversed(units[:at]) if not u.low.endswith("ly")), None)) and _is_be(before_it):
        yield f'"{before_it.text} {unit.text}": no fact proves it; name the pattern'
    if unit.low == "each" and (after is None or after.kind == "mark" or after.low == "of") and book.accounts != 1:
        yield '"each": no fact counts by each; leave it out'
    if lemma == "block" and unit.word and unit.word.form == "ing" and book.action != "block":
        yield f'"{unit.text}": the action is {book.action}'
    if lemma == "log" and after is not None and after.low in ("in", "into") and not book.names("login"):
        yield f'"{unit.text}": the evidence has no login'
    if after is not None and after.kind == "fact":
        before = units[at - 1].low if at else ""
        if (unit.low == "within" and after.noun not in ("duration", "time")) or (
            unit.low == "to" and before == "up" and (at < 2 or not _adds_up(units[at - 2]))
        ):
            yield f'"{unit.text} {after.text}": no fact says so'
        if lemma in _BEYOND or (
            lemma == "over"
            and (after.noun in ("money", "account", "alert") or before in ("well", "just", "far", "slightly", "much", "little"))
        ):
            yield f'"{unit.text} {after.text}": the fact is exact; leave "{unit.text}" out'
    if unit.low == "only" and at and units[at - 1].low == "the" and (thing := _scope(units, at)) in THINGS and not book.single(thing):
        yield f'"the only {thing}": there are more'
    if (
        unit.noun is None
        and unit.word
        and any(unit.word.verbs())
        and not any(unit.word.guards())
        and unit.word.form != "ed"
        and unit.word.form != "ing"
        and not any(unit.word.nouns())
        and "plain" not in unit.word.classes
        and at
        and units[at - 1].low in ("the", "a", "an")
    ):
        yield f'the word "{unit.text}" is not of the evidence as a noun: leave it out'
    if after is not None and after.low == "of" and (lemma == "score" and unit.word and unit.word.form == "s"):
        yield f'"{unit.text} of": no fact says so'


def _is_be(unit: Unit) -> bool:
    return unit.word is not None and unit.word.lemma == "be"


def _adds_up(unit: Unit) -> bool:
    return unit.word is not None and "verb:amount" in unit.word.classes


def _guarded(need: str, unit: Unit, units: Sequence[Unit], at: int, book: Book) -> str:
    noun = _scope(units, at)
    match need:
        case "same":
            counts = {"account": book.accounts, "alert": book.alerts}
            right = book.shares(noun) if noun in THINGS else counts.get(noun, 1) == 1
        case "apart" if at > 1 and units[at - 1].word is not None and units[at - 1].word.lemma == "be":  # type: ignore[union-attr]
            noun = next((n for m in range(at - 1, -1, -1) if (n := noun_at(units, m))), "")
            right = noun not in THINGS or (
                book.value(f"distinct_{noun}") > 1 and not (book.shares(noun) and "each" in {u.low for u in units})
            )
        case "apart" if noun in THINGS:
            right = book.value(f"distinct_{noun}") >= (2 if unit.low == "different" else max(2, book.accounts))
        case "apart":
            right = noun != "account" or book.accounts > 1
        case "critical" | "high" | "medium" | "low":
            if noun in ("score", "money"):
                return ""
            near = {noun, noun_at(units, at - 1) if at else "", *(u.low for u in units[max(0, at - 3) : at + 3])}
            right = not (near & set(_OF_SEVERITY) or unit.low in _ALWAYS_SEVERITY) or book.needs(need)
        case "several":
            right = _count(noun, book) >= _LEAST.get(unit.word.lemma if unit.word else "", 3)
        case "first" | "last":
            of_some = units[min(at + 1, len(units) - 1)].low == "of"
            right = any(u.noun == "time" or (u.noun == "duration" and not of_some) for u in units)
        case "highest" if noun in _OF_SEVERITY:
            right = book.severity == "critical"
        case "highest" | "mean":
            right = any(noun_at(units, n) in ("score", "money") for n in range(len(units)))
        case "largest":
            right = _is_largest(units, at, book)
        case "alone" if at and noun_at(units, at - 1) in (*EVENTS, "money", "alert"):
            right = True
        case "all" if unit.low in ("each", "every") and (noun == "account" or (noun in EVENTS and any(u.noun == "money" for u in units))):
            things = {n for m in range(at, len(units)) if (n := noun_at(units, m)) in THINGS}
            right = noun == "account" and (book.accounts == 1 or any(book.single(thing) or book.everywhere(thing) for thing in things))
        case "all" | "most" | "half" | "orders":
            right = True
        case _:
            right = book.needs(need)
    return "" if right else f'"{unit.text}{" " + noun if noun else ""}": the evidence does not say so'


def _is_largest(units: Sequence[Unit], at: int, book: Book) -> bool:
    """Return whether the largest is of the sums or kinds that the evidence ranks, not of rings."""
    after = [unit for unit in units[at + 1 : at + 3] if unit.word is not None or unit.fact is not None]
    if not after or (after[0].word is not None and after[0].word.lemma in _UNRANKED):
        return False
    said = [unit.fact for unit in units[at:] if unit.fact is not None]
    for prefix in ("type_", "money_", "refunds_"):
        held = [fact for name, fact in book.by_name.items() if name.startswith(prefix)]
        first = said[0] if said and str(said[0]["name"]).startswith(prefix) else None
        if first is not None and held and first is not held[0] and (prefix != "type_" or first["value"] < held[0]["value"]):
            return False
    return True


def _scope(units: Sequence[Unit], at: int) -> str:
    """Return the class of the noun that a word is said of: the next one in its phrase."""
    for n in range(at + 1, min(at + 1 + _SCOPE, len(units))):
        if units[n].kind == "mark":
            return ""
        if noun := noun_at(units, n):
            if units[n].kind == "word" and n + 1 < len(units) and units[n + 1].kind == "word" and noun_at(units, n + 1):
                continue
            return noun
        if units[n].word is not None and units[n].word.lemma == "be":  # type: ignore[union-attr]
            return ""
    return ""


def _count(noun: str, book: Book) -> int:
    if noun == "alert":
        return book.alerts
    name = f"type_{EVENTS[noun]}" if noun in EVENTS else f"distinct_{noun}"
    return int(book.value(name)) if name in book.by_name else 0 if noun in (*EVENTS, *THINGS, "account") else 99
