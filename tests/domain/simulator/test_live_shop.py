"""The shop whose events happen now: order, rate, past and future, and that it never ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice, takewhile
from typing import Any

import pytest

from domain.simulator import RING_KINDS, LiveShop
from domain.simulator.season import Season, simulation_of
from domain.times import DAY_MS, HOUR_MS

NOW = 1_800_000_000_000
SLOW = LiveShop(NOW, seed=5, events_per_s=0.1)


def until(shop: LiveShop, end: int) -> Iterator[dict[str, Any]]:
    return takewhile(lambda document: document["event_time"] < end, shop.documents())


@cache
def three_days() -> list[dict[str, Any]]:
    return list(until(SLOW, NOW + 3 * DAY_MS))


def test_equal_settings_give_equal_events() -> None:
    assert list(islice(SLOW.documents(), 500)) == list(islice(LiveShop(NOW, seed=5, events_per_s=0.1).documents(), 500))
    assert next(SLOW.documents()) != next(LiveShop(NOW, seed=6, events_per_s=0.1).documents())


def test_events_come_in_their_order_each_once_across_the_days() -> None:
    times = [document["event_time"] for document in three_days()]
    assert times == sorted(times)
    assert SLOW.start <= times[0] < SLOW.start + HOUR_MS
    assert len({document["event_id"] for document in three_days()}) == len(times)


def test_the_rate_is_the_same_at_each_hour() -> None:
    shop = LiveShop(NOW, seed=5, events_per_s=1.0, attack_every_min=1440)
    hours = Counter((one["event_time"] - NOW) // HOUR_MS for one in until(shop, NOW + 2 * HOUR_MS) if one["event_type"] != "label")
    assert set(hours) == set(range(-shop.hours, 2))
    assert all(count == pytest.approx(3600, rel=0.12) for count in hours.values()), hours


def test_it_is_quiet_at_first_and_attacked_before_it_is_opened() -> None:
    shop = LiveShop(NOW, seed=5, events_per_s=0.2)
    before_end = list(takewhile(lambda one: one.start < NOW + DAY_MS, shop.attacks()))
    truth = simulation_of(Season(shop.seed, shop.start, NOW + DAY_MS, shop.events_per_s), before_end).truth()
    fraud = Counter((time - shop.attacked_from) // HOUR_MS for time, bad in zip(truth["event_time"], truth["is_fraud"], strict=True) if bad)
    assert min(fraud) >= -20, "a wave's accounts are opened hours before it"
    assert fraud[0] and fraud[1]
    assert sum(count for hour, count in fraud.items() if hour >= 2) > 500
    assert {kind.name for kind in RING_KINDS} <= set(filter(None, truth["ring_kind"]))


def test_labels_come_late_and_are_about_events_that_were() -> None:
    seen = dict[str, int]()
    waits = list[float]()
    for document in three_days():
        seen[document["event_id"]] = document["event_time"]
        if document["event_type"] == "label":
            waits.append((document["event_time"] - seen[document["subject_event_id"]]) / HOUR_MS)
    assert len(waits) > 1000
    assert min(waits) >= 0.09
    assert 0.5 < sorted(waits)[len(waits) // 2] < 12


def test_refunds_are_asked_for_while_one_watches() -> None:
    shop = LiveShop(NOW, seed=5, events_per_s=0.1, attack_every_min=5)
    asked = Counter(one["event_type"] for one in until(shop, NOW + 2 * HOUR_MS))["refund_request"]
    assert asked > 20


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"events_per_s": 0.0}, "events_per_s"),
        ({"events_per_s": 51.0}, "events_per_s"),
        ({"events_per_s": float("nan")}, "events_per_s"),
        ({"attack_every_min": 0.1}, "attack_every_min"),
        ({"attack_every_min": float("nan")}, "attack_every_min"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_out_of_range_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        LiveShop(NOW, **settings)
