"""Which events are counted together, and which are of a ring or of one account and are not."""

from __future__ import annotations

import pytest

from domain.events.identity import MISSING
from domain.memory.crowd import NO_CROWD, OTHERS, parts_of
from tests.domain.memory.test_ring_labels import ADDRESS, DEVICE, Shop
from tests.support.event_histories import DAY, HOUR, MINUTE, START, key_of

NOW = START + 20 * DAY
ORDER = 10.0


def is_counted(shop: Shop, account: int, device: int, time_ms: int, address: int = 0) -> bool:
    keys = [key_of(0, account), key_of(DEVICE, device), key_of(ADDRESS, address) if address else MISSING]
    return shop.take(keys, time_ms, created_ms=time_ms - HOUR, amount=ORDER).crowd != NO_CROWD


@pytest.mark.parametrize(("age_ms", "age"), [(HOUR, 0), (DAY, 1), (29 * DAY, 1), (30 * DAY, 2), (None, 3)])
def test_the_age_of_the_account_decides(age_ms: int | None, age: int) -> None:
    created_ms = -1 if age_ms is None else NOW - age_ms
    assert parts_of(Shop().take([key_of(0, 1)], NOW, created_ms, ORDER).crowd)[1] == age


def test_an_account_counts_once_in_two_hours() -> None:
    shop = Shop()
    assert [is_counted(shop, 1, 1, NOW + at) for at in (0, MINUTE, HOUR, 5 * HOUR)] == [True, False, False, True]


def test_a_ring_counts_with_its_first_two_accounts() -> None:
    shop = Shop()
    assert [is_counted(shop, account, 1, NOW + account * MINUTE) for account in range(1, 6)] == [True, True, False, False, False]


def test_an_account_with_one_decoy_is_counted() -> None:
    shop = Shop()
    for pair in range(1, 6):
        is_counted(shop, 100 + pair, pair, NOW)
        assert is_counted(shop, pair, pair, NOW + pair * MINUTE)


def test_who_gives_the_address_of_old_customers_is_counted() -> None:
    """Each account of a wave gives that of some household: they share nothing with each other."""
    shop = Shop()
    for customer in range(1, 6):
        for resident in range(3):
            is_counted(shop, 100 * customer + resident, 100 * customer + resident, NOW - 15 * DAY + resident * MINUTE, address=customer)
    assert all(is_counted(shop, 1000 + customer, 1000 + customer, NOW + customer * MINUTE, address=customer) for customer in range(1, 6))


def test_a_new_address_makes_a_ring_as_a_device_does() -> None:
    shop = Shop()
    counted = [is_counted(shop, account, account, NOW + account * MINUTE, address=7) for account in range(1, 6)]
    assert counted == [True, True, False, False, False]


def named_before(shop: Shop, account: int, device: int, time_ms: int, address: int = 0) -> bool:
    """Whether the crowd says that another account named the device or address before."""
    keys = [key_of(0, account), key_of(DEVICE, device), key_of(ADDRESS, address) if address else MISSING]
    crowd = shop.take(keys, time_ms, created_ms=time_ms - HOUR, amount=ORDER).crowd
    assert crowd != NO_CROWD and parts_of(crowd)[1] == 0
    return crowd >= OTHERS


def test_it_is_known_which_events_name_what_another_account_named() -> None:
    """Many accounts with one known device are a crowd still, but nobody may say that they share nothing."""
    shop = Shop()
    assert not named_before(shop, 1, 7, NOW - 15 * DAY)
    assert [named_before(shop, account, 7, NOW + account * MINUTE) for account in range(2, 40)] == [True] * 38
    assert [named_before(shop, account, account, NOW + account * MINUTE) for account in range(50, 90)] == [False] * 40
    assert not named_before(shop, 50, 50, NOW + DAY), "the account's own device"


def test_an_address_is_such_a_thing_too() -> None:
    shop = Shop()
    pairs = [named_before(shop, account, account, NOW + account * MINUTE, address=1000 + account // 2) for account in range(50, 90)]
    assert pairs == [False, True] * 20
