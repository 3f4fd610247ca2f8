"""Control records that say what a currency is worth, from the next event on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.events.currency import CODES
from domain.events.event import Rejected
from domain.events.exchange_rates import LEAST_RATE, MOST_RATE, CurrencySettings
from domain.rules.conditions import DELETED
from domain.rules.record_fields import number_of

MOST_STEP = 2.0
"""A rate is at most so many times the one before, and at least that part of it. More is a slip of the decimal
point, or an attack: whoever lets a currency be worth nothing hides what is paid in it.
"""
MOST_DRIFT = 10.0
"""So many times the rate of the settings may all records together be, or else small steps go anywhere."""


def currency_of_record(document: Mapping[str, Any]) -> str:
    """Return the currency of a record, which is its id; raise `Rejected`."""
    code = document.get("id")
    if not isinstance(code, str) or code not in CODES:
        raise Rejected("id", "the ISO 4217 code of the currency is wanted, in capitals, such as JPY")
    return code


def rate_of(document: Mapping[str, Any]) -> float | None:
    """Return what a unit is worth in the reference currency, None of a deleted record; raise `Rejected`."""
    if document.get("state") == DELETED:
        return None
    rate = number_of(document.get("rate"), "rate")
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise Rejected("rate", f"it must lie between {LEAST_RATE:g} and {MOST_RATE:g}: what one unit is worth in the reference currency")
    return rate


class RatesInForce:
    """What a unit of each currency is worth: by the settings, and by the records since."""

    def __init__(self, currency: CurrencySettings) -> None:
        """Begin with the settings' rates."""
        self._reference, self._settings = currency.reference, currency.table()
        self._usual = {**replace(currency, rough_rates=True).table(), **self._settings}
        self.table: Mapping[str, float] = self._settings
        """Rates by code, "" for amounts without a currency. Another one after each change."""

    def put(self, code: str, rate: float | None) -> None:
        """Put a rate in force, None for that of the settings."""
        others = {one: known for one, known in self.table.items() if one != code}
        before = self._settings.get(code) if rate is None else rate
        self.table = others if before is None else {**others, code: before}

    def check(self, code: str, rate: float) -> None:
        """Raise `Rejected` for the rate of the reference currency, and for one that goes too far."""
        if code == self._reference:
            raise Rejected("id", f"{code} is currency.reference, of which a unit is worth 1; send the rates of the others")
        mend = f"check the decimal point, and that it says what one {code} is worth in {self._reference}"
        before, first = self.table.get(code), self._usual.get(code)
        if before is not None and not before / MOST_STEP <= rate <= before * MOST_STEP:
            step = f"{rate:g} is {rate / before:.3g} times the rate in force, {before:g}; a step is at most double or half of it"
            raise Rejected("rate", f"{step}: {mend}; else take steps, or set currency.rates")
        if first is not None and not first / MOST_DRIFT <= rate <= first * MOST_DRIFT:
            drift = f"{rate:g} is {rate / first:.3g} times {first:g}, its usual rate; records go to {MOST_DRIFT:g} times it, or a tenth"
            raise Rejected("rate", f"{drift}: {mend}; else set currency.rates")
