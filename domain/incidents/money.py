"""Money in whole ten-thousandths: sums are exact, whatever the order of the events."""

from decimal import Decimal

from domain.events.rough_rates import IN_EUROS

UNITS_PER_ONE = 10_000  # ISO 4217 knows at most four decimals

NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved

# ISO 4217 currencies without a minor unit; one of theirs buys about as much as a cent elsewhere.
_NO_MINOR_UNIT = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"})
_MILLION = 1_000_000
_MILLIONTHS = {**dict.fromkeys(_NO_MINOR_UNIT, _MILLION // 100), **{code: round(worth * _MILLION) for code, worth in IN_EUROS.items()}}
"""What one of a currency is worth in euros, roughly, in millionths; any other counts as a euro."""


def to_units(amount: float) -> int:
    """Return `amount` in ten-thousandths, rounded as it is written: a product of floats would be off beyond
    1e11.
    """
    return round(Decimal(repr(amount)) * UNITS_PER_ONE)


def from_units(units: int) -> float:
    """Return `units` ten-thousandths as an amount."""
    return units / UNITS_PER_ONE


def yardstick(units: int, currency: str) -> float:
    """Return an amount in euros, by rough rates: to compare with thresholds and others, not to book."""
    return units * _MILLIONTHS.get(currency, _MILLION) / (UNITS_PER_ONE * _MILLION)


def on_yardstick(units: int, currency: str) -> int:
    """Return ten-thousandths on the yardstick, whole: sums of many currencies are exact in any order."""
    return units * _MILLIONTHS.get(currency, _MILLION) // _MILLION


def measured(measure: float, currency: str) -> float:
    """Return the amount of which `yardstick` made a measure."""
    return measure * _MILLION / _MILLIONTHS.get(currency, _MILLION)


def money_text(units: int, currency: str) -> str:
    """Return e.g. "1,234.50 EUR"; decimals beyond the second only where they are not zero."""
    whole, rest = divmod(units, UNITS_PER_ONE)
    decimals = f"{rest:04d}"
    decimals = decimals[:2] + decimals[2:].rstrip("0")
    return f"{whole:,}.{decimals} {currency}" if rest or currency not in _NO_MINOR_UNIT else f"{whole:,} {currency}"
