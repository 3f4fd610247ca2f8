"""Units become the parts of a sentence: phrases of facts, and the words between them."""

from __future__ import annotations

from collections.abc import Sequence

from domain.summaries.fence.units import Unit
from domain.summaries.summary_text import Part, Sentence

_JOINING = frozenset(("as", "since", "because", "given", "with", "for", "and"))


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


def after_join(units: list[Unit]) -> list[Unit]:
    """Return a clause without the word that joined it to the one before: "as", "since", "given"."""
    rest = units[1:] if units[0].low in _JOINING and len(units) > 1 else units
    rest[0].glued = True
    return rest


def _add(parts: list[Part], text: str, fact: str | None) -> None:
    if parts and fact is None and parts[-1].fact is None:
        parts[-1] = Part(parts[-1].text + text)
    else:
        parts.append(Part(text, fact))
