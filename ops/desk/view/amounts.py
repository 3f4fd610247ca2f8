"""Money and counts as people read them."""

from __future__ import annotations

from domain.wording import counted

_LARGE = ((1e9, "bn"), (1e6, "m"))


def money(amount: float) -> str:
    """Return a sum without its minor unit: 2,310; from a million on with two digits: 1.2 m."""
    for size, unit in _LARGE:
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,.0f}"


def counted_words(count: int, noun: str) -> str:
    """Return a count with its noun: 1 case, 12 cases."""
    return counted(count, noun)
