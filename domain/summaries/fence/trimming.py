"""A sentence without what is not known to be right, where that can be left out; the rest is checked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.summaries.fence.frames import Frames, is_item
from domain.summaries.fence.units import Unit

_CUTS = frozenset((",", "-", "(", ";"))


def trimmed(units: Sequence[Unit], frames: Frames) -> list[Unit]:
    """Return a sentence without adverbs, opening words and closing words that no list holds."""
    rest = [unit for unit in units if not (unit.kind == "word" and unit.low.endswith("ly") and not frames.knows(unit.low))]
    rest = _without_opening(rest, frames)
    rest = _without_closing(rest, frames)
    return [replace(unit, glued=unit.glued and n > 0) for n, unit in enumerate(rest)]


def _without_opening(units: list[Unit], frames: Frames) -> list[Unit]:
    for at, unit in enumerate(units):
        if unit.kind == "mark" and unit.text == "," and at + 1 < len(units):
            return units[at + 1 :]
        if is_item(unit, frames):
            return units
    return units


def _without_closing(units: list[Unit], frames: Frames) -> list[Unit]:
    last = max((n for n, unit in enumerate(units) if is_item(unit, frames)), default=len(units))
    for at in range(last + 1, len(units)):
        unit = units[at]
        if (unit.kind == "mark" and unit.text in _CUTS) or unit.low in ("which", "and", "so", "as"):
            end = [units[-1]] if units[-1].kind == "mark" and units[-1].text in ".!?" else []
            return [*units[:at], *end]
    return units
