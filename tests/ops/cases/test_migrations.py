"""The steps make the tables that the code declares, on both databases, whoever begins."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from ops.cases.errors import StoreError
from ops.cases.migrations.versions import v0005_currency_of_cases, v0017_money_in_euros
from ops.cases.migrations.versions_of_store import newest
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.cases.tables import CaseRow, IncidentRow, Table
from tests.support.case_samples import put_case


def test_the_steps_make_what_the_code_declares(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Table.metadata) == []


def test_a_missing_column_would_show(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE comments DROP COLUMN text"))
        context = MigrationContext.configure(connection)
        assert [difference[0] for difference in compare_metadata(context, Table.metadata)] == ["add_column"]


def test_opening_makes_the_tables_and_again_changes_nothing(empty_database: str) -> None:
    store = Store(StoreSettings(url=empty_database))
    assert store.schema_version() is None
    for _ in range(2):
        assert store.open().schema_version() == newest()
    store.close()


def test_many_open_an_empty_database_at_once(empty_database: str) -> None:
    failures: list[BaseException] = []

    def open_it() -> None:
        try:
            Store(StoreSettings(url=empty_database)).open().close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_without_upgrades_older_tables_are_refused(empty_database: str) -> None:
    with pytest.raises(StoreError, match="ringwatch store upgrade"):
        Store(StoreSettings(url=empty_database, upgrade=False)).open()


def test_another_database_is_no_store(empty_database: str) -> None:
    store = Store(StoreSettings(url=empty_database))
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
    with pytest.raises(StoreError, match=r"other tables \(customers\) and no store: name an empty one"):
        store.open()


def test_a_store_of_a_later_step_opens_unless_that_says_otherwise(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert store.open().schema_version() == "9999"
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE store_facts SET value = '9999' WHERE name = 'oldest_code'"))
    with pytest.raises(StoreError, match="start the newer ringwatch"):
        store.open()


def test_cases_of_before_get_the_currency_of_their_incident(store: Store) -> None:
    sums = ({"EUR": 90.0, "JPY": 9100.0}, {}, {"USD": 5})
    its = [put_case(store, number, money_at_risk=money) for number, money in enumerate(sums)]
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE cases DROP COLUMN currency"))
        with Operations.context(MigrationContext.configure(connection)):
            v0005_currency_of_cases.upgrade()
    with store.read() as session:
        found = dict(session.execute(select(CaseRow.id, CaseRow.currency)).all())
    assert [found[one] for one in its] == ["JPY", None, "USD"]


def test_money_of_before_is_measured_in_euros(store: Store) -> None:
    """It was by face value: then 9,000 IDR went before 90 EUR."""
    sums = ({"IDR": 9_000.0, "EUR": 90.0}, {}, {"KWD": 10.0})
    its = [put_case(store, number, money_at_risk=money) for number, money in enumerate(sums)]
    with store.read() as session:
        columns = (CaseRow.id, CaseRow.money, CaseRow.currency, CaseRow.priority)
        wanted = [tuple(row) for row in session.execute(select(*columns).order_by(CaseRow.id))]
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET money = 9000, currency = 'IDR', priority = 9000"))
        connection.execute(text("UPDATE incidents SET money = 9000"))
        with Operations.context(MigrationContext.configure(connection)):
            v0017_money_in_euros.upgrade()
    with store.read() as session:
        found = [tuple(row) for row in session.execute(select(*columns).order_by(CaseRow.id))]
        assert session.scalars(select(IncidentRow.money).order_by(IncidentRow.id)).all() == [90.0, 0.0, 28.0]
    assert found == wanted
    assert [row[1:3] for row in found] == [(90.0, "EUR"), (0.0, None), (28.0, "KWD")]
    assert [row[0] for row in found] == its
