"""Web, worker and tables one version apart work together: what that rests on, held for every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ops.cases import outbox
from ops.cases.alerts import alerts
from ops.cases.audit.entries import entries
from ops.cases.audit.verify import verify
from ops.cases.claims import claim, next_case
from ops.cases.comments import comment
from ops.cases.entities import entity_seen, links
from ops.cases.errors import StoreError
from ops.cases.incidents import incidents
from ops.cases.migrations.versions_of_store import _config, newest
from ops.cases.queue import CaseFilter, cases, count_cases
from ops.cases.retention import forget
from ops.cases.settings import StoreSettings
from ops.cases.similar import similar
from ops.cases.statistics import alerts_by_day, queue_numbers, verdict_numbers
from ops.cases.store import Store
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import NOW, SETTINGS, put_case

STEPS = [step.revision for step in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))]
OF_TOMORROW = (
    "ALTER TABLE alerts ADD COLUMN note TEXT",
    "ALTER TABLE incidents ADD COLUMN weight FLOAT NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN team TEXT NOT NULL DEFAULT 'all'",
    "ALTER TABLE audit ADD COLUMN place TEXT",
    "ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE decided_events ADD COLUMN model TEXT",
    "CREATE TABLE teams (name TEXT PRIMARY KEY)",
    "CREATE INDEX ix_cases_team ON cases (team)",
    "UPDATE alembic_version SET version_num = 'tomorrow'",
)


def a_day_of_work(store: Store, number: int) -> None:
    """What a worker and people do, reads and writes of all kinds."""
    case_id = put_case(store, number)
    with store.begin() as session:
        claim(session, case_id, by="anna", now=NOW, settings=SETTINGS)
        comment(session, case_id, "seen before", by="bob", now=NOW, settings=SETTINGS)
        said = give_verdict(session, case_id, "fraud", "x", by="anna", now=NOW, settings=SETTINGS, labels_to="redis:labels")
    with store.begin() as session:
        due = outbox.take_due(session, said.verdict.undo_until)
        outbox.mark_sent(session, [row.id for row in due], NOW)
    with store.begin() as session:
        undo_verdict(session, said.verdict.id, "x", by="anna", now=NOW, settings=SETTINGS, labels_to="redis:labels")
        taken = next_case(session, by="anna", now=NOW, settings=SETTINGS)
        forget(session, NOW, StoreSettings())
    with store.read() as session:
        assert len(due) >= 2  # and those that took the verdict of the day before back
        assert taken is not None
        assert verify(session).problems == []
        assert (
            len(incidents(session).rows) == len(cases(session, CaseFilter("all")).rows) == count_cases(session, CaseFilter("all")) == number
        )
        entity = f"device:{alerts(session).rows[0].document['entities']['device']}"
        assert entity_seen(session, entity).alerts == 2 * number
        assert links(session, entity)
        assert len(similar(session, taken.incident_id)) == min(10, number - 1)
        assert entries(session).rows
        assert queue_numbers(session, NOW).claimed + queue_numbers(session, NOW).open == number
        assert alerts_by_day(session, 0, 2 * NOW)
        assert verdict_numbers(session, 0, 2 * NOW).undone == number


def test_a_service_goes_on_when_the_tables_of_the_next_version_come(store: Store, store_url: str) -> None:
    for number in range(1, 7):  # psycopg has prepared its statements by then
        a_day_of_work(store, number)
    with store.engine.begin() as connection:
        for statement in OF_TOMORROW:
            connection.execute(text(statement))
    a_day_of_work(store, 7)
    another = Store(StoreSettings(url=store_url)).open()  # one of this version may start, too
    assert another.schema_version() == "tomorrow"
    a_day_of_work(another, 8)
    another.close()


@pytest.mark.parametrize("before", STEPS[:-1])
def test_a_store_of_each_earlier_version_is_upgraded_with_what_it_holds(empty_database: str, before: str) -> None:
    store = Store(StoreSettings(url=empty_database, upgrade=False))
    with store._writing.begin() as connection:
        command.upgrade(_config(connection), before)
    with store.engine.begin() as connection:
        connection.execute(text("INSERT INTO users (name, role, created_at, version) VALUES ('anna', 'lead', 1, 1)"))
    with pytest.raises(StoreError, match=rf"has version {before}, this ringwatch wants {newest()}: ringwatch store upgrade"):
        store.open()
    store.upgrade()
    assert store.open().schema_version() == newest()
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["anna"]
    a_day_of_work(store, 1)
    store.close()


def shape(connection: Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    found = inspect(connection)
    for table in found.get_table_names():
        for column in found.get_columns(table):
            yield f"{table}.{column['name']}", {**column, "type": str(column["type"])}


def test_each_step_only_adds(empty_database: str) -> None:
    """Old code must not miss what it knows, nor be refused for what it does not."""
    store = Store(StoreSettings(url=empty_database))
    before: dict[str, dict[str, Any]] = {}
    for step in STEPS:
        with store._writing.begin() as connection:
            command.upgrade(_config(connection), step)
        with store.engine.connect() as connection:
            after = dict(shape(connection))
        assert {name: after.get(name) for name in before} == before, step
        known = {name.partition(".")[0] for name in before}
        new = [column for name, column in after.items() if name not in before and name.partition(".")[0] in known]
        assert all(column["nullable"] or column["default"] is not None for column in new), step
        before = after
    store.close()
