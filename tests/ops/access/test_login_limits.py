"""Limits of logins, on both databases: by name, by address, by several instances at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from ops.access.login_limits import TooManyLogins, count_login, forget_failures
from ops.access.settings import AccessSettings
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables.access import Login

SETTINGS = AccessSettings(logins_per_name=3, logins_per_address=5, login_window_min=1)


def tries(store: Store, count: int, name: str = "anna", address: str = "192.0.2.1", now: int = 1_000_000) -> int:
    """How many of so many logins are tried."""
    tried = 0
    for _ in range(count):
        try:
            count_login(store, name, address, SETTINGS, now)
            tried += 1
        except TooManyLogins as error:
            assert 1 <= error.retry_after_s <= 60
    return tried


def rows(store: Store) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Login)) or 0


def test_a_name_is_tried_three_times_from_anywhere(store: Store) -> None:
    assert [tries(store, 2, address=f"192.0.2.{number}") for number in range(3)] == [2, 1, 0]
    assert tries(store, 1, name=" ANNA ", address="192.0.2.9") == 0
    assert tries(store, 1, name="ben", address="192.0.2.9") == 1


def test_an_address_is_tried_five_times_with_any_name(store: Store) -> None:
    assert [tries(store, 1, name=f"n{number}") for number in range(8)] == [1] * 5 + [0] * 3
    assert tries(store, 1, name="n1", address="192.0.2.2") == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("2001:db8::1", "2001:db8::2", True), ("2001:db8:0:1::1", "2001:db8:0:2::1", False), ("192.0.2.1", "::ffff:192.0.2.1", True)],
)
def test_a_network_of_ipv6_is_one_address(sqlite_store: Store, one: str, other: str, same: bool) -> None:
    for number in range(5):
        tries(sqlite_store, 1, name=f"n{number}", address=one)
    assert tries(sqlite_store, 1, name="n9", address=other) == (0 if same else 1)


def test_the_window_ends_although_tries_go_on(store: Store) -> None:
    for second in range(0, 59, 5):
        tries(store, 1, now=1_000_000 + second * 1000)
    assert tries(store, 1, now=1_000_000 + 59_999) == 0
    assert tries(store, 1, now=1_000_000 + 60_000) == 1


def test_a_login_that_succeeds_forgets_the_name(store: Store) -> None:
    tries(store, 3)
    with store.begin() as session:
        forget_failures(session, "Anna", "192.0.2.1")
    assert tries(store, 2) == 2


def test_rows_are_bounded_by_addresses_and_old_ones_go(store: Store) -> None:
    tried = sum(tries(store, 1, name=f"random {number}") for number in range(40))
    assert (tried, rows(store)) == (5, 6)
    tries(store, 1, name="later", address="192.0.2.7", now=1_000_000 + 10 * 60_000)
    assert rows(store) == 2


def test_names_are_not_in_the_store(store: Store) -> None:
    """People type their password where the name belongs."""
    tries(store, 1, name="my secret password")
    with store.read() as session:
        assert "secret" not in "".join(session.scalars(select(Login.key)))


def test_instances_count_together_and_none_is_missed(store_url: str) -> None:
    stores = [Store(StoreSettings(url=store_url)) for _ in range(3)]
    with ThreadPoolExecutor(9) as pool:
        counted = list(pool.map(lambda number: tries(stores[number % 3], 1), range(18)))
    assert sum(counted) == 3
    for store in stores:
        store.close()
