"""Money in whole ten-thousandths: sums are exact, whatever the order of the events."""

from decimal import Decimal

UNITS_PER_ONE = 10_000  # ISO 4217 knows at most four decimals

NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved

# ISO 4217 currencies without a minor unit; one of theirs buys about as much as a cent elsewhere.
_NO_MINOR_UNIT = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"})


def to_units(amount: float) -> int:
    """Return `amount` in ten-thousandths, rounded as it is written: a product of floats would be off beyond
    1e11.
    """
    return round(Decimal(repr(amount)) * UNITS_PER_ONE)


def from_units(units: int) -> float:
    """Return `units` ten-thousandths as an amount."""
    return units / UNITS_PER_ONE


def yardstick(units: int, currency: str) -> float:
    """Return an amount to compare with thresholds: a rough measure, not a conversion."""
    return from_units(units) / (100 if currency in _NO_MINOR_UNIT else 1)


def on_yardstick(units: int, currency: str) -> int:
    """Return ten-thousandths on the yardstick, whole: sums of many currencies are exact in any order."""
    return units // 100 if currency in _NO_MINOR_UNIT else units


def measured(measure: float, currency: str) -> float:
    """Return the amount of which `yardstick` made a measure."""
    return measure * (100 if currency in _NO_MINOR_UNIT else 1)


def money_text(units: int, currency: str) -> str:
    """Return e.g. "1,234.50 EUR"; decimals beyond the second only where they are not zero."""
    whole, rest = divmod(units, UNITS_PER_ONE)
    decimals = f"{rest:04d}"
    decimals = decimals[:2] + decimals[2:].rstrip("0")
    return f"{whole:,}.{decimals} {currency}" if rest or currency not in _NO_MINOR_UNIT else f"{whole:,} {currency}"
