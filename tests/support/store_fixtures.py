"""The case store on both databases: a test with the fixture `store` runs on SQLite and on PostgreSQL.

One PostgreSQL server a session, one database a test, copied from a template. Where PostgreSQL is not
installed its tests are skipped, but not in CI.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from tests.support.memory_folders import memory_folder, remove_those_of_the_dead
from tests.support.postgres_server import PostgresServer, program

_COUNTER = itertools.count()
_TEMPLATE = "ringwatch_template"


def pytest_sessionstart() -> None:
    remove_those_of_the_dead()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with the template of a store; skips where there is none."""
    if program("postgres") is None:
        assert os.environ.get("CI") != "true", "CI has no PostgreSQL: .ci/run installs it"
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with PostgresServer() as server:
        server.run(f"CREATE DATABASE {_TEMPLATE}")
        _made(StoreSettings(url=server.url(_TEMPLATE)))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    _made(StoreSettings(url=f"sqlite:{path}"))
    return path


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder of the test's own, in memory if there is room."""
    folder = memory_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, memory_path: Path) -> Iterator[str]:
    """The URL of an empty store on each database."""
    if request.param == "sqlite":
        yield _sqlite_url(request.getfixturevalue("sqlite_template"), memory_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test{next(_COUNTER)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    store = Store(StoreSettings(url=store_url))
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_template: Path, memory_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests that are not about the database."""
    store = Store(StoreSettings(url=_sqlite_url(sqlite_template, memory_path)))
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, memory_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:{memory_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"empty{next(_COUNTER)}"
    server.run(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _sqlite_url(template: Path, folder: Path) -> str:
    return f"sqlite:{shutil.copy(template, folder / 'store.db')}"


def _made(settings: StoreSettings) -> None:
    Store(settings).open().close()
