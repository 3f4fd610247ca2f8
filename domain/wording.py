"""How counts and numbers are put into words."""

from __future__ import annotations

_LARGEST = 1e15
"""From here on digits tell nothing, and there may be hundreds of them."""


def plural(noun: str) -> str:
    """Return the regular plural: accounts, addresses."""
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: 1 account, 1,250 addresses."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def number(value: float) -> str:
    """Return two digits where they tell something, never an exponent: 0.4, 7, 3.2, 41, 1,250."""
    if abs(value) < 0.05:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.1f}".removesuffix(".0")


def written(value: float, spec: str) -> str:
    """Return a number by a format such as `,.2f`; a very large one in few letters: 1e+300."""
    return format(value, spec) if abs(value) < _LARGEST else f"{value:.3g}"


def shown(text: str, limit: int = 120) -> str:
    """Return a text in quotes, whole, for it may be copied; of a longer one the beginning and an ellipsis."""
    return repr(text) if len(text) <= limit else f"{text[:limit]!r}..."
