"""A service with a store, whose app is called without a network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ops.access import passwords
from ops.access.access import Access
from ops.access.passwords import new_password_hash
from ops.access.users import add_user
from ops.api.app import create_app
from ops.api.service import Service
from ops.api.settings import ServiceSettings
from ops.cases.store import Store
from tests.support.api_calls import BASE, PASSWORD, Calls
from tests.support.api_desk import Desk
from tests.support.scoring_rig import MadeUpJob


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes in a millisecond: how strong they are is tested in `test_passwords`."""
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))


@pytest.fixture
def service(sqlite_store: Store) -> Service:
    """A service without users."""
    settings = ServiceSettings()
    return Service(settings, sqlite_store, Access(sqlite_store, settings.access))


@pytest.fixture
def app(service: Service) -> FastAPI:
    return create_app(service)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A caller without a name."""
    with TestClient(app, base_url=BASE) as client:
        yield client


@pytest.fixture
def people(service: Service) -> Service:
    """The service with a user of each role, called as the role; each has the same password."""
    hashed = new_password_hash(PASSWORD, "")
    with service.store.begin() as session:
        for role in ("viewer", "analyst", "lead", "admin"):
            add_user(session, role, role, hashed, "test", 1)
    return service


@pytest.fixture
def calls(people: Service, app: FastAPI) -> Iterator[Calls]:
    """Clients of each user."""
    with Calls(app) as calls:
        yield calls


@pytest.fixture
def desk(store: Store) -> Desk:
    """A service on each database, called as people of every role."""
    return Desk(store)


@pytest.fixture
def quick_desk(sqlite_store: Store) -> Desk:
    """A service on SQLite, for what is not about the database."""
    return Desk(sqlite_store)


@pytest.fixture
def job(redis_url: str, stream_prefix: str) -> Iterator[MadeUpJob]:
    """A job that decides, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    job = asyncio.run_coroutine_threadsafe(made(redis_url, stream_prefix), loop).result()
    running = asyncio.run_coroutine_threadsafe(job.run(), loop)
    yield job
    running.cancel()
    asyncio.run_coroutine_threadsafe(job.client.aclose(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def made(url: str, prefix: str) -> MadeUpJob:
    return MadeUpJob(url, prefix)
