"""In which currency amounts are compared, and what a unit of another one is worth in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import SettingError
from domain.events.currency import CODES
from domain.events.rough_rates import EURO, IN_EUROS

LEAST_RATE, MOST_RATE = 1e-9, 1e9
NO_RATE = float("nan")
"""`Event.rate` of an amount in a currency without a rate."""


@dataclass(frozen=True)
class CurrencySettings:
    """In which currency amounts are compared, see docs/currencies.md. People see them as they were sent."""

    reference: str = EURO
    """ISO 4217 code of the currency in which amounts are compared, and learnt. An amount without a currency
    is one in it. A shop with one currency names that; a model knows the amounts of the shop that it was
    trained for. After a change accounts need some events until their habits are right again.
    """
    rates: Mapping[str, float] = field(default_factory=dict)
    """What one unit of another currency is worth in the reference currency, as `{JPY: 0.0057, KWD: 2.8}`.
    These rates count before the rough ones. An amount in a currency without a rate is compared with others in
    that currency alone.
    """
    rough_rates: bool = True
    """True: for the usual currencies rough rates, as they were in 2025, serve where `currency.rates` names
    none. False: only `currency.rates` count.
    """

    def __post_init__(self) -> None:
        if self.reference not in CODES:
            raise SettingError(f"currency.reference is {self.reference!r}: write an ISO 4217 code in capitals, such as {EURO}")
        for code, rate in self.rates.items():
            if code not in CODES:
                raise SettingError(f"currency.rates names {code!r}: write ISO 4217 codes in capitals, such as USD")
            if not LEAST_RATE <= rate <= MOST_RATE:
                raise SettingError(
                    f"currency.rates.{code} must lie between {LEAST_RATE:g} and {MOST_RATE:g}: what one {code} is worth in {self.reference}"
                )
            if code == self.reference and rate != 1.0:
                raise SettingError(f"currency.rates.{code} must be 1: {code} is currency.reference; leave it out")

    def table(self) -> dict[str, float]:
        """Return by code what a unit is worth in the reference currency; "" is of amounts without one."""
        base = IN_EUROS.get(self.reference)
        rough = {code: rate / base for code, rate in IN_EUROS.items()} if self.rough_rates and base else {}
        return {**rough, **self.rates, self.reference: 1.0, "": 1.0}


USUAL_CURRENCY = CurrencySettings()


def unit_of(code: str) -> int:
    """Return a number from 1 to 17,576 for three capital letters, in which an amount without a rate is."""
    first, second, third = code.encode()
    return 1 + (first - 65) * 676 + (second - 65) * 26 + third - 65
