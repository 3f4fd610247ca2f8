"""Citations held against what the sentence says: a fact is cited where it is said, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.summaries.fence.book import THINGS, Book, Fact
from domain.summaries.fence.units import Unit, noun_of

_NAMED = {"alerts": "alert", "merged": "ring", "refunds": "refund", "unconnected": "unlinked", "small": "paid"}
"""First word of a fact's name -> class of the noun for it, where that is another."""
Loose = tuple[str, int]
"""A citation that follows no phrase of a fact, and how many units go before it."""


def says_the_same(unit: Unit, other: Fact, book: Book) -> bool:
    """Return whether another fact says the same of the same; if so, make the phrase say it."""
    assert unit.fact is not None
    if {unit.fact["name"], other["name"]} == {"first_time", "last_time"}:
        return bool(unit.fact["value"] == other["value"])
    kind = str(other["name"]).partition("_")[2]
    names = {str(unit.fact["name"]), str(other["name"])}
    if names == {f"distinct_{kind}", f"shared_{kind}"} and unit.noun in THINGS and book.value(f"distinct_{kind}") == 1:
        unit.fact = other
        return True
    return False


def wrong_citations(units: Sequence[Unit], loose: Sequence[Loose], book: Book) -> Iterator[str]:
    """Yield a complaint for each citation of a fact of which the sentence does not speak."""
    held = {unit.fact["id"] for unit in units if unit.fact}
    for name, before in loose:
        fact = book.by_id[name]
        if name not in held and not _is_said(fact, units) and not _is_named(fact, units[:before] or units):
            yield f'[{name}] is "{fact["text"]}", of which the sentence does not speak'


def _is_said(fact: Fact, units: Sequence[Unit]) -> bool:
    """Return whether a phrase says the one thing that is counted: "one device in 12 alerts"."""
    kind = str(fact["name"]).removeprefix("distinct_")
    return fact["value"] == 1 and any(unit.fact is not None and unit.fact["name"] == f"shared_{kind}" for unit in units)


def _is_named(fact: Fact, units: Sequence[Unit]) -> bool:
    """Return whether a noun names a cited fact, and make that noun say it."""
    kind, _, rest = str(fact["name"]).partition("_")
    wanted = noun_of(fact, "x") if kind == "type" else rest if kind in ("distinct", "shared", "decision") else _NAMED.get(kind, kind)
    for unit in reversed(units):
        if unit.fact is None and wanted in _classes(unit):
            unit.fact, unit.definite = fact, False
            return True
        if unit.fact is not None and unit.noun == wanted:
            return True
    return False


def _classes(unit: Unit) -> set[str | None]:
    word = unit.word
    return {unit.noun, unit.need, *((word.lemma, word.kind) if word else ())}
