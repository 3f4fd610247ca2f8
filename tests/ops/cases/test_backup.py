"""Backups while others write, and the way back."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from ops.cases.audit.chain import Act, audit
from ops.cases.audit.verify import verify
from ops.cases.backup import back_up, restore
from ops.cases.errors import StoreError
from ops.cases.ingest.places import note_place, place_in
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import CaseRow, SessionRow, StreamPlace, Table, User
from tests.support.case_samples import NOW, put_case
from tests.support.postgres_server import PostgresServer


@pytest.fixture
def empty_place(store: Store, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place of the same kind as the store's."""
    if store.is_sqlite:
        return f"sqlite:{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"beside_{store.url.database}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)


def rows(store: Store, table: type[Table]) -> list[tuple[object, ...]]:
    with store.read() as session:
        return sorted(tuple(row) for row in session.execute(select(*table.__table__.columns)).all())


def test_everything_comes_back_and_everybody_is_logged_out(store: Store, empty_place: str, tmp_path: Path) -> None:
    put_case(store, 1)
    with store.begin() as session:
        note_place(session, "alerts", "7-0", NOW)
        audit(session, Act(1, "anna", "case.claim", "case:1", {}, {"reason": "é"}))
        session.add(User(name="anna", role="lead", created_at=1, version=1))
        session.flush()
        session.execute(insert(SessionRow).values(id_hash="h", user_id=1, created_at=1, last_seen_at=1, expires_at=9**15))
    backup = tmp_path / "backups" / "one"
    assert back_up(store, backup) == backup.stat().st_size > 1000
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == ["one"]
    again = Store(StoreSettings(url=empty_place))
    restore(again, backup)
    for table in (mapper.class_ for mapper in Table.registry.mappers if mapper.class_ is not SessionRow):
        assert [str(row) for row in rows(again, table)] == [str(row) for row in rows(store, table)], table
    assert rows(again, SessionRow) == []
    with again.begin() as session:
        assert place_in(session, "alerts") == "7-0"
        assert verify(session).problems == []
        session.add(User(name="bob", role="lead", created_at=1, version=1))  # running numbers go on
    put_case(again, 2)
    again.close()


def test_it_is_of_one_moment_while_others_write(store: Store, empty_place: str, tmp_path: Path) -> None:
    end = threading.Event()

    def write() -> None:
        number = 0
        while not end.is_set():
            with store.begin() as session:  # the audit and the place are written together, or neither
                number += 1
                note_place(session, "alerts", str(number), NOW)
                audit(session, Act(number, "anna", "x", "y"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(store, tmp_path / f"b{number}")
    finally:
        end.set()
        writer.join()
    again = Store(StoreSettings(url=empty_place))
    restore(again, tmp_path / "b2")
    with again.read() as session:
        found = verify(session)
        assert (found.problems, session.scalar(select(StreamPlace.entry_id))) == ([], str(found.head.seq))
        assert found.head.seq > 0
    again.close()


def test_places_that_are_taken_and_files_that_are_none(store: Store, tmp_path: Path) -> None:
    backup, wrong = tmp_path / "b", tmp_path / "wrong"
    back_up(store, backup)
    with pytest.raises(StoreError, match="name another file"):
        back_up(store, backup)
    with pytest.raises(StoreError, match="empty"):
        restore(store, backup)
    with pytest.raises(StoreError, match="is no file"):
        restore(store, tmp_path / "nothing")
    wrong.write_text("no backup")
    if store.is_sqlite:
        left = tmp_path / "other.db-wal"
        left.touch()
        with pytest.raises(StoreError, match=r"other\.db-wal is there: move it away"):
            restore(Store(StoreSettings(url=f"sqlite:{tmp_path / 'other.db'}")), backup)
        with pytest.raises(StoreError, match="no store of SQLite"):
            restore(Store(StoreSettings(url=f"sqlite:{tmp_path / 'third.db'}")), wrong)
        assert not (tmp_path / "third.db").exists()
        half = tmp_path / "half"
        half.write_bytes(backup.read_bytes()[:9000])
        with pytest.raises(StoreError, match="damaged"):
            restore(Store(StoreSettings(url=f"sqlite:{tmp_path / 'fourth.db'}")), half)


def test_a_wrong_backup_leaves_an_empty_postgresql_empty(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.run("CREATE DATABASE wrong_backup")
    wrong = tmp_path / "wrong"
    wrong.write_text("no backup")
    store = Store(StoreSettings(url=postgres.url("wrong_backup")))
    with pytest.raises(StoreError, match=r"pg_restore failed with exit code 1 \(pg_restore: error: .*archive"):
        restore(store, wrong)
    assert store.schema_version() is None
    store.close()


def test_an_empty_database_is_not_backed_up(empty_place: str, tmp_path: Path) -> None:
    store = Store(StoreSettings(url=empty_place))
    with pytest.raises(StoreError, match="there is nothing to back up"):
        back_up(store, tmp_path / "b")
    store.close()


def test_a_store_counts_the_same_after_a_backup(store: Store, tmp_path: Path) -> None:
    put_case(store, 1)
    back_up(store, tmp_path / "b")
    put_case(store, 2)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(CaseRow)) == 2
