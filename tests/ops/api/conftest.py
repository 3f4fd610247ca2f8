"""A service whose app is called without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from ops.access.access import Access
from ops.api.app import create_app
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.store import Store
from tests.support.api_desk import Desk

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def service() -> Service:
    return Service(ServiceSettings(), None, Access())


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), base_url=BASE) as client:
        yield client


@pytest.fixture
def desk(store: Store) -> Desk:
    """A service on each database, called as people of every role."""
    return Desk(store)


@pytest.fixture
def quick_desk(sqlite_store: Store) -> Desk:
    """A service on SQLite, for what is not about the database."""
    return Desk(sqlite_store)
