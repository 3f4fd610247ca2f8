"""The store's transactions, on both databases."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from domain.errors import SettingError
from ops.cases.errors import StoreError
from ops.cases.settings import CaseSettings, StoreSettings
from ops.cases.store import Store, engine_url
from ops.cases.tables import StoreFact
from tests.support.postgres_server import PostgresServer


def facts(store: Store) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(StoreFact)) or 0


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    before = facts(store)
    with pytest.raises(ZeroDivisionError), store.begin() as session:
        session.execute(insert(StoreFact).values(name="a", value="1"))
        _ = 1 / 0
    assert facts(store) == before
    with store.begin() as session:
        session.execute(insert(StoreFact).values(name="a", value="1"))
    assert facts(store) == before + 1


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as session:
        count = select(func.count()).select_from(StoreFact)
        before = session.scalar(count)
        with store.begin() as other:
            other.execute(insert(StoreFact).values(name="a", value="1"))
        assert session.scalar(count) == before
    assert facts(store) == (before or 0) + 1


def test_a_reader_of_postgresql_cannot_write(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite's readers are not held to it")
    with pytest.raises(Exception, match="read-only transaction"), store.read() as session:
        session.execute(insert(StoreFact).values(name="a", value="1"))


def test_writers_that_read_first_wait_for_each_other(store: Store) -> None:
    """Without BEGIN IMMEDIATE most of them would fail on SQLite, whatever the busy timeout."""
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(20):
                with store.begin() as session:
                    value = session.scalar(select(StoreFact.value).where(StoreFact.name == "n").with_for_update())
                    session.execute(text("UPDATE store_facts SET value = :value WHERE name = 'n'"), {"value": str(int(value or 0) + 1)})
        except BaseException as error:
            failures.append(error)

    with store.begin() as session:
        session.execute(insert(StoreFact).values(name="n", value="0"))
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert not failures
        assert session.scalar(select(StoreFact.value).where(StoreFact.name == "n")) == "80"


def test_a_locked_database_is_a_store_error(store: Store, store_url: str) -> None:
    other = Store(StoreSettings(url=store_url, busy_s=0.1))
    with store.begin() as session:
        session.execute(text("UPDATE store_facts SET value = '1'"))
        with pytest.raises(StoreError, match="try again"), other.begin() as second:
            second.execute(text("UPDATE store_facts SET value = '2'"))
    other.close()


def test_a_database_that_is_away_is_a_store_error(tmp_path: Path) -> None:
    for url, mend in ((f"sqlite:{tmp_path}", "may write into it"), (f"postgresql://nobody@/x?host={tmp_path}", "try again")):
        with pytest.raises(StoreError, match=f"does not answer .*{mend}"):
            Store(StoreSettings(url=url)).check()


def test_a_database_that_is_not_there_is_named_with_the_setting(postgres: PostgresServer) -> None:
    with pytest.raises(StoreError, match=r"database \"nowhere\" does not exist\): correct service\.store\.url"):
        Store(StoreSettings(url=postgres.url("nowhere"))).open()


def test_a_file_of_sqlite_is_made_with_its_folder_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.db"
    store = Store(StoreSettings(url=f"sqlite:{path}"))
    assert store.schema_version() is None
    assert not path.exists()
    store.open()
    with store.begin() as session:
        session.execute(insert(StoreFact).values(name="a", value="1"))
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(["store.db", "store.db-wal", "store.db-shm"], 0o600)
    store.close()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot be made \(.*\): name a file"):
        Store(StoreSettings(url=f"sqlite:{tmp_path / 'file' / 'store.db'}")).open()


def test_sqlite_is_set_up(sqlite_store: Store) -> None:
    with sqlite_store.read() as session:
        values = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "synchronous")]
    assert values == ["wal", 1, 1]


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://", "mysql://a/b", "store.db", "", "postgresql://a", "://"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(SettingError, match=r"service\.store\.url"):
        engine_url(url)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    assert "geheim" not in Store(StoreSettings(url="postgresql://me:geheim@localhost/x")).place
    assert "geheim" not in repr(StoreSettings(url="postgresql://me:geheim@localhost/x"))


def test_settings_that_cannot_work_are_named() -> None:
    for settings, name in [
        (lambda: StoreSettings(event_days=0), "event_days"),
        (lambda: StoreSettings(connections=0), "connections"),
        (lambda: CaseSettings(undo_s=-1), "undo_s"),
        (lambda: CaseSettings(claim_h=0), "claim_h"),
        (lambda: CaseSettings(due_h={"high": 1}), r"due_h\.low"),
        (lambda: CaseSettings(due_h={**CaseSettings().due_h, "huge": 1}), r"due_h\.huge"),
        (lambda: CaseSettings(least_severity="huge"), "least_severity"),
        (lambda: CaseSettings(four_eyes_blocks=-1), "four_eyes_blocks"),
    ]:
        with pytest.raises(SettingError, match=name):
            settings()
