"""The axis of values: round ticks, short numbers, and where a value is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_UNSEEN = 1e-4
"""Below this share of the other end an end needs no step of its own: it would be a line of no height."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LARGEST, _SMALLEST = 1e300, 1e-290
"""What is larger is drawn as this, what is smaller as zero: steps between them are numbers, too."""
_LETTERS = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
_IN_FULL = 10_000
"""Below this numbers are written out."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, both of them ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    def share(self, value: float) -> float:
        """Return how far up a value is, from 0 to 1; the middle where there is one value alone."""
        span = self.high / 2 - self.low / 2
        if not span:
            return 0.5
        return (min(self.high, max(self.low, value)) / 2 - self.low / 2) / span

    def label(self, tick: float) -> str:
        """Return a tick as text."""
        return brief(tick, self.decimals)


def scale_of(values: Iterable[float | None], *, is_whole: bool = False, wanted: int = 4) -> Scale:
    """Return an axis that holds all values and zero, with about `wanted` steps; a step is at least 1 where
    values are whole. Without values it goes from 0 to 1.
    """
    finite = (value for value in values if value is not None and math.isfinite(value))
    known = [min(_LARGEST, max(-_LARGEST, value)) for value in finite if abs(value) > _SMALLEST]
    least, most = min([0.0, *known]), max([0.0, *known])
    least, most = (0.0 if abs(end) < _UNSEEN * max(-least, most) else end for end in (least, most))
    if least == most:
        most = 1.0
    step = _step(most / wanted - least / wanted, is_whole)
    first, last = (math.floor(least / step * (1 - 1e-9)), math.ceil(most / step * (1 - 1e-9)))  # 0.3 / 0.1 is above 3
    ticks = tuple(number * step for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, _decimals(step))


def brief(value: float, decimals: int = 0) -> str:
    """Return a number in few letters: 0.25, 1,250, 12k, 3.5M, 2bn, 4e+18."""
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}"
    for least, letters in _LETTERS:
        if size >= max(least, _IN_FULL):
            return f"{value / least:,.2f}".rstrip("0").rstrip(".") + letters
    return f"{value + 0.0:,.{decimals}f}"


def in_full(value: float | None, *, is_whole: bool) -> str:
    """Return a number for a table: 1,234 or 1,234.50; "no value" for none."""
    if value is None:
        return "no value"
    if abs(value) >= 1e15:
        return f"{value:.6g}"
    return f"{value:,.0f}" if is_whole else f"{value:,.2f}"


def _step(rough: float, is_whole: bool) -> float:
    """Return a round number of at least about `rough`."""
    unit = 10.0 ** math.floor(math.log10(max(rough, 1e-300)))
    if is_whole and unit < 1:
        return 1.0
    steps = [times * unit for times in _STEPS if not is_whole or (times * unit).is_integer()]
    return next((step for step in steps if step >= rough * 0.999), 10 * unit)


def _decimals(step: float) -> int:
    """Return how many decimals tell the ticks apart."""
    for decimals in range(4):
        if abs(step * 10**decimals - round(step * 10**decimals)) < 1e-6 * step * 10**decimals:
            return decimals
    return min(12, max(4, -math.floor(math.log10(step)) + 1))
