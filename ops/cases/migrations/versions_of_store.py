"""Which version the tables have, which this code wants, and the way from one to the other."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ops.cases.errors import StoreError

OLDEST = "oldest_code"
"""Fact of the store: the newest step that code must know to open it."""
_LOCK = 0x72696E67  # "ring": of PostgreSQL's advisory locks, which are numbers


@cache
def newest() -> str:
    """Return the number of the newest step that this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@cache
def _known() -> frozenset[str]:
    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def current_version(connection: Connection) -> str | None:
    """Return the number of the newest step in the database, None in an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade_tables(connection: Connection, place: str) -> None:
    """Take all steps that are missing, in the transaction of `connection`. Newer tables stay as they are.

    Raises `StoreError` for a database that holds other tables and is no store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    version = current_version(connection)
    if version is None and (tables := inspect(connection).get_table_names()):
        raise StoreError(f"the database {place} holds other tables ({', '.join(sorted(tables)[:3])}) and no store: name an empty one")
    if version is None or (version in _known() and version != newest()):
        command.upgrade(_config(connection), "head")


def check_version(connection: Connection, place: str) -> None:
    """Raise `StoreError` unless this code can use the tables."""
    version = current_version(connection)
    if version == newest():
        return
    if version is None or version in _known():
        raise StoreError(f"the store {place} has version {version or 'none'}, this ringwatch wants {newest()}: ringwatch store upgrade")
    oldest = connection.execute(text("SELECT value FROM store_facts WHERE name = :name"), {"name": OLDEST}).scalar()
    if oldest is not None and oldest not in _known():
        raise StoreError(
            f"the store {place} has version {version}, of a newer ringwatch, which this one (version {newest()}) cannot use: "
            "start the newer ringwatch"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
