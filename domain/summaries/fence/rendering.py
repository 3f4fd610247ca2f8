"""Units become the parts of a sentence: phrases of facts, and the words between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.summaries.fence.book import EVENTS
from domain.summaries.fence.units import Unit
from domain.summaries.languages.language import Language
from domain.summaries.summary_text import Part, Sentence


def rendered(units: Sequence[Unit]) -> Sentence:
    """Return the parts of a sentence: phrases of facts, and the words between them."""
    parts: list[Part] = []
    for n, unit in enumerate(units):
        text = unit.text if n == 0 or unit.glued or (unit.kind == "mark" and unit.text in ".,;:!?)") else f" {unit.text}"
        fact = str(unit.fact["id"]) if unit.fact is not None else None
        if fact is not None and text.startswith(" "):
            _add(parts, " ", None)
            text = text[1:]
        _add(parts, text, fact)
    if parts:
        first = parts[0]
        parts[0] = Part(first.text[:1].upper() + first.text[1:], first.fact)
    return tuple(parts)


def short_sums(units: Sequence[Unit], language: Language) -> list[Unit]:
    """Return a sentence whose sums do not say again of which events they are, where it names these."""
    if not any(unit.kind == "word" and unit.noun_kind in EVENTS for unit in units):
        return list(units)
    return [replace(unit, text=language.phrase(unit.fact, "short")) if unit.fact and _is_long_sum(unit) else unit for unit in units]


def _is_long_sum(unit: Unit) -> bool:
    return unit.fact is not None and str(unit.fact["name"]).startswith(("money_", "refunds_")) and " in " in unit.text


def _add(parts: list[Part], text: str, fact: str | None) -> None:
    if parts and fact is None and parts[-1].fact is None:
        parts[-1] = Part(parts[-1].text + text)
    else:
        parts.append(Part(text, fact))
