"""Money and counts as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from domain.incidents.money import NO_CURRENCY, measured
from domain.wording import counted, written
from ops.desk.markup import shortened

_SUMS = 2
_LARGE = ((1e9, "bn"), (1e6, "m"))


def money(amount: float) -> str:
    """Return a sum without its minor unit: 2,310; from a million on with two digits: 1.2 m."""
    for size, unit in _LARGE:
        if abs(amount) >= size:
            return f"{written(amount / size, ',.1f')} {unit}"
    return f"{amount:,.0f}"


def sum_in_words(measure: float, currency: str | None) -> str:
    """Return a sum that was put on the yardstick of severities: 2,310 EUR; of no currency only the number."""
    code = "" if currency in (None, "", NO_CURRENCY) else f" {shortened(currency, 3)}"
    return f"{money(measured(measure, currency or ''))}{code}"


def sums_in_words(measures: Mapping[str, float]) -> str:
    """Return the two largest sums of currencies, and of how many there are more; empty without money."""
    sums = sorted(((measure, currency) for currency, measure in measures.items() if measure > 0), reverse=True)
    more = len(sums) - _SUMS
    words = [sum_in_words(*one) for one in sums[:_SUMS]]
    if more > 0:
        words.append(f"{more} more {'currency' if more == 1 else 'currencies'}")
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def counted_words(count: int, noun: str) -> str:
    """Return a count with its noun: 1 case, 12 cases."""
    return counted(count, noun)
