"""The shop's way into the stream: what was at once, then each event when its time has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from domain.simulator import LiveShop
from flink_job.commands.desk.shop_feed import ShopFeed

NOW = 1_800_000_000_000


class Taken:
    """What was sent, delivery by delivery."""

    def __init__(self) -> None:
        self.deliveries: list[list[dict[str, Any]]] = []

    def __call__(self, lines: Sequence[bytes]) -> None:
        self.deliveries.append([json.loads(line) for line in lines])


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def feed(taken: Taken) -> ShopFeed:
    return ShopFeed(LiveShop(NOW, seed=5, events_per_s=0.2), taken)


def test_the_past_is_sent_at_once_and_the_future_when_it_is_now(feed: ShopFeed, taken: Taken) -> None:
    feed.feed(NOW)
    [past] = taken.deliveries
    assert feed.events == sum(one["event_type"] != "label" for one in past) > 0.2 * 8 * 3600 * 0.9
    assert max(one["event_time"] for one in past) <= NOW
    feed.feed(NOW)
    assert len(taken.deliveries) == 1, "nothing is due, and nothing is sent"
    for minute in range(1, 11):
        feed.feed(NOW + minute * 60_000)
    now = [one["event_time"] for delivery in taken.deliveries[1:] for one in delivery]
    assert now == sorted(now)
    assert now[0] > NOW and now[-1] <= NOW + 600_000
    assert 80 < len(now) < 400, "120 of customers, and attacks"


def test_after_a_pause_all_that_was_due_comes(feed: ShopFeed, taken: Taken) -> None:
    feed.feed(NOW)
    feed.feed(NOW + 3_600_000)
    assert len(taken.deliveries) == 2
    assert len(taken.deliveries[1]) > 600


def test_attacks_are_named_while_they_are_at_work(feed: ShopFeed) -> None:
    plan = LiveShop(NOW, seed=5, events_per_s=0.2).attacks()
    seen = {name for minute in range(0, 300, 5) for name in feed.attacks(NOW + minute * 60_000)}
    assert {"card testing", "device farm", "account takeover"} <= seen
    first = next(plan)
    assert feed.attacks(NOW + 300 * 60_000) != [first.name]
