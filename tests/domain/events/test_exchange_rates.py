"""What an amount is worth in the reference currency."""

from __future__ import annotations

import math

import pytest

from domain.errors import SettingError
from domain.events.currency import CODES
from domain.events.event import Event
from domain.events.exchange_rates import CurrencySettings, unit_of
from domain.events.parser import EventParser
from tests.support.event_lines import GRAPH, NOW, PSEUDONYMS, order


def parsed(settings: CurrencySettings, **changes: object) -> Event:
    return EventParser(GRAPH, PSEUDONYMS, now_ms=lambda: NOW, currency=settings).parse(order(**changes))


@pytest.mark.parametrize("currency", ["EUR", "eur", "", None])
def test_an_amount_in_the_reference_currency_is_compared_as_it_was_sent(currency: str | None) -> None:
    assert parsed(CurrencySettings(), amount=19.99, currency=currency).comparable == 19.99


def test_other_amounts_are_compared_by_their_rate_and_shown_as_they_were_sent() -> None:
    settings = CurrencySettings(rates={"JPY": 1 / 128, "KWD": 2.5})
    for currency, amount, worth in (("JPY", 8_192.0, 64.0), ("KWD", 12.125, 30.3125)):
        event = parsed(settings, amount=amount, currency=currency)
        assert (event.amount, event.currency, event.comparable) == (amount, currency, worth)


def test_without_a_rate_nothing_can_be_compared() -> None:
    event = parsed(CurrencySettings(rough_rates=False), amount=8000, currency="JPY")
    assert math.isnan(event.comparable)
    assert (event.amount, event.currency) == (8000.0, "JPY")
    assert parsed(CurrencySettings(), amount=8000, currency="JPY").comparable == pytest.approx(45.6)


def test_rough_rates_are_those_of_the_reference_currency_and_own_rates_count_before_them() -> None:
    euros, dollars = CurrencySettings().table(), CurrencySettings(reference="USD", rates={"JPY": 0.01}).table()
    assert dollars["USD"] == dollars[""] == euros["EUR"] == 1.0
    assert dollars["GBP"] == euros["GBP"] / euros["USD"]
    assert dollars["JPY"] == 0.01
    assert CurrencySettings(reference="XOF").table() == {"XOF": 1.0, "": 1.0}, "nobody knows what a franc is worth"


def test_every_code_has_a_number_of_its_own() -> None:
    numbers = {unit_of(code) for code in CODES}
    assert len(numbers) == len(CODES)
    assert (unit_of("AAA"), unit_of("ZZZ")) == (1, 17_576)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"reference": "euro"}, "currency.reference is 'euro': write an ISO 4217 code in capitals"),
        ({"rates": {"usd": 0.9}}, "currency.rates names 'usd'"),
        ({"rates": {"USD": 0.0}}, "currency.rates.USD must lie between 1e-09 and 1e\\+09: what one USD is worth in EUR"),
        ({"rates": {"USD": math.nan}}, "currency.rates.USD"),
        ({"rates": {"EUR": 1.1}}, "currency.rates.EUR must be 1: EUR is currency.reference"),
    ],
)
def test_rates_that_cannot_be_are_refused_by_name(settings: dict[str, object], name: str) -> None:
    with pytest.raises(SettingError, match=name):
        CurrencySettings(**settings)  # type: ignore[arg-type]
