"""Pages of a service, called without a network; and in a real browser."""

from __future__ import annotations

import pytest

from ops.access import passwords
from ops.cases.store import Store
from tests.support.desk_calls import Pages


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes in a millisecond: how strong they are is tested in `test_passwords`."""
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))


@pytest.fixture
def pages(store: Store) -> Pages:
    """The desk on each database, with a user of each role."""
    return Pages(store)


@pytest.fixture
def quick_pages(sqlite_store: Store) -> Pages:
    """The desk on SQLite, for what is not about the database."""
    return Pages(sqlite_store)
