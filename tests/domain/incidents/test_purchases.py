"""An order and its payment are one purchase."""

from __future__ import annotations

from typing import Any

import pytest

from domain.incidents.purchases import PAID_WITHIN_MS, pairs


def test_an_order_and_its_payment_pair_once() -> None:
    unpaired: list[list[Any]] = []
    assert not pairs(unpaired, "a", 500, "EUR", "order", 0)
    assert pairs(unpaired, "a", 500, "EUR", "payment", PAID_WITHIN_MS)
    assert unpaired == []
    assert not pairs(unpaired, "a", 500, "EUR", "payment", PAID_WITHIN_MS)


@pytest.mark.parametrize(
    "other",
    [("b", 500, "EUR", "payment", 0), ("a", 501, "EUR", "payment", 0), ("a", 500, "USD", "payment", 0), ("a", 500, "EUR", "order", 0),
     ("a", 500, "EUR", "payment", PAID_WITHIN_MS + 1)],
)  # fmt: skip
def test_another_account_amount_currency_type_or_time_is_no_pair(other: tuple[str, int, str, str, int]) -> None:
    unpaired: list[list[Any]] = []
    pairs(unpaired, "a", 500, "EUR", "order", 0)
    assert not pairs(unpaired, *other)
    assert len(unpaired) == 2


def test_few_halves_are_remembered() -> None:
    unpaired: list[list[Any]] = []
    for number in range(100):
        pairs(unpaired, str(number), 500, "EUR", "order", 0)
    assert [half[0] for half in unpaired] == [str(number) for number in range(84, 100)]
