"""The currencies of a class: few are told apart, and no sum of one of them lacks a part."""

from __future__ import annotations

import random

from domain.events.currency import CODES
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.counts import BUCKET_MS
from domain.incidents.waves.currencies import MOST_CURRENCIES, Currencies
from domain.incidents.waves.watch import WaveWatch
from domain.memory.crowd import AGE_CLASSES, CROWD_TYPES
from tests.domain.incidents.waves.shop import DAY, FIRST, count, crowd, found, usual_counts

MANY = sorted(CODES)[:100]
AT = FIRST + 4 * DAY


def test_the_first_currencies_stay_and_the_rest_is_one_sum() -> None:
    currencies = Currencies()
    first = dict.fromkeys(MANY[:MOST_CURRENCIES], 10)
    assert currencies.told_apart(0, 1, first, 0) == first
    assert currencies.told_apart(0, 2, {MANY[3]: 5, MANY[40]: 7, MANY[50]: 8}, 0) == {MANY[3]: 5, "XXX": 15}
    assert currencies.told_apart(1, 2, {MANY[40]: 7}, 0) == {MANY[40]: 7}, "another class has its own"
    assert Currencies.of(currencies.to_state()).told_apart(0, 3, {MANY[40]: 7}, 0) == {"XXX": 7}


def test_the_greatest_of_a_quarter_come_first_in_whatever_order_they_are_given() -> None:
    money = {name: 1000 + number for number, name in enumerate(MANY)}
    expected = Currencies().told_apart(0, 1, money, 0)
    assert len(expected) == MOST_CURRENCIES + 1
    assert sum(expected.values()) == sum(money.values())
    shuffled = random.Random(1).sample(list(money.items()), len(money))
    assert Currencies().told_apart(0, 1, dict(shuffled), 0) == expected


def test_a_currency_that_does_not_come_any_more_makes_room() -> None:
    currencies = Currencies()
    currencies.told_apart(0, 1, dict.fromkeys(MANY[:MOST_CURRENCIES], 10), 0)
    currencies.told_apart(0, 5, {MANY[0]: 1}, 0)
    assert currencies.told_apart(0, 9, {MANY[0]: 1, MANY[40]: 7}, 4) == {MANY[0]: 1, MANY[40]: 7}


def test_the_state_is_bounded_with_all_classes_and_currencies() -> None:
    """It was 3.0 MB."""
    watch = WaveWatch(IncidentSettings())
    for bucket in range(FIRST, FIRST + DAY):
        for kind in CROWD_TYPES:
            for age in AGE_CLASSES:
                at = bucket * BUCKET_MS
                watch.take((bucket, crowd(kind, age, 1), name, 1, 12_345_678, at, at + 1) for name in CODES)
        list(watch.advance((bucket + 1) * BUCKET_MS))
    assert len(CODES) > 150
    assert len(watch.to_bytes()) < 1_000_000


def test_a_wave_in_many_currencies_names_few_and_keeps_every_sum() -> None:
    wave = []
    for bucket in range(AT, AT + 8):
        for number, name in enumerate(MANY):
            (at, of, _, events, units, first, last) = count(bucket, "refund_request", "new", 1, 1, 10_000 * (1 + number))
            wave.append((at, of, name, events, units, first, last))
    closed = found([*usual_counts(5, 1), *wave])[-1]
    assert (closed.status, len(closed.money_at_risk)) == ("closed", MOST_CURRENCIES + 1)
    assert sum(closed.money_at_risk.values()) == 8 * sum(range(1, 101))
    known = {name: 8.0 * (1 + MANY.index(name)) for name in closed.money_at_risk if name != "XXX"}
    assert {name: sum_ for name, sum_ in closed.money_at_risk.items() if name != "XXX"} == known
