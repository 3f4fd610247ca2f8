"""Amounts of many currencies on one yardstick, in euros, and the way back to what people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.rough_rates import IN_EUROS
from domain.incidents.money import measured, on_yardstick, to_units, yardstick

CURRENCIES = st.sampled_from([*IN_EUROS, "XXX", "KZT", "UGX", ""])


@pytest.mark.parametrize(
    ("amount", "currency", "euros"),
    [(100, "EUR", 100.0), (200_000, "IDR", 10.4), (4_900, "KWD", 13_720.0), (8_000, "JPY", 45.6), (8_000, "UGX", 80.0), (7, "XXX", 7.0)],
)
def test_an_amount_is_measured_in_euros(amount: float, currency: str, euros: float) -> None:
    assert yardstick(to_units(amount), currency) == pytest.approx(euros)


@given(st.integers(0, 10**15), CURRENCIES)
def test_whole_and_broken_measures_agree_and_lead_back(units: int, currency: str) -> None:
    assert on_yardstick(units, currency) == pytest.approx(10_000 * yardstick(units, currency), abs=1)
    assert measured(yardstick(units, currency), currency) == pytest.approx(units / 10_000)


@given(st.lists(st.tuples(st.integers(0, 10**12), CURRENCIES), max_size=20), st.randoms(use_true_random=False))
def test_sums_are_exact_in_any_order(sums: list[tuple[int, str]], shuffler: object) -> None:
    before = sum(on_yardstick(*one) for one in sums)
    shuffler.shuffle(sums)  # type: ignore[attr-defined]
    assert sum(on_yardstick(*one) for one in sums) == before


def test_no_known_currency_is_worth_nothing() -> None:
    assert all(yardstick(10**12, currency) > 0 for currency in IN_EUROS)
