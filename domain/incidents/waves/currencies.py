"""The currencies that the sums of a class tell apart: few, so that a state of many days stays small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from domain.incidents.money import NO_CURRENCY, yardstick

MOST_CURRENCIES = 16
"""Of a class; money in further ones is added up under `NO_CURRENCY`, as in the incidents of rings."""


class Currencies:
    """By class the currencies that are told apart, each with the last bucket it came in.

    The first ones that come stay, so that no sum of them lacks a part; one that does not come for as long as
    a wave can look back makes room for another.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[str, int]] = {}

    def told_apart(self, position: int, bucket: int, money: Mapping[str, int], forgotten: int) -> dict[str, int]:
        """Return the sums of a class in a bucket, those of the currencies beyond the bound in one.

        Those that came last before the bucket `forgotten` make room.
        """
        known = self._known.setdefault(position, {})
        if len(known) + len(money) > MOST_CURRENCIES:
            known = self._known[position] = {currency: last for currency, last in known.items() if last >= forgotten}
        sums: dict[str, int] = {}
        for currency, units in sorted(money.items(), key=lambda item: (-yardstick(item[1], item[0]), item[0])):
            if currency in known or len(known) < MOST_CURRENCIES:
                known[currency] = bucket
            name = currency if currency in known else NO_CURRENCY
            sums[name] = sums.get(name, 0) + units
        return sums

    def to_state(self) -> list[Any]:
        """Return it as JSON values."""
        return list(self._known.items())

    @classmethod
    def of(cls, state: Iterable[Any]) -> Self:
        """Read what `to_state` returned."""
        currencies = cls()
        currencies._known = {position: dict(known) for position, known in state}
        return currencies
