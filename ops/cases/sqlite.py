"""SQLite as the store needs it: write-ahead log, foreign keys, and transactions that begin as they go on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from ops.cases.errors import StoreError

BEGIN = "sqlite_begin"
"""Option of an execution: IMMEDIATE for a transaction that will write. One that begins to read and writes
later can fail at once, however long it would wait.
"""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # a power cut may lose the last commits, never the database: the streams are read again
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",  # 64 MiB: keys of alerts are digests, and are written all over their index
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=268435456",
    "PRAGMA journal_size_limit=67108864",
)


def make_place(path: Path) -> None:
    """Make the file and its folder where they are not; only the owner may read the file, for its data's sake.

    Raises `StoreError`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"the store sqlite:{path} cannot be made ({error.strerror}): name a file in a folder of this user's") from None


def prepare(engine: Engine) -> None:
    """Set the pragmas of every connection, and begin every transaction ourselves."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)


def _connected(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # else Python's module begins at the first write, and not before a DDL
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(BEGIN, 'DEFERRED')}")
