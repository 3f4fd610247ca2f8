"""SQL over the lake by DuckDB: read-only, in memory, within a time, a number of rows and an amount of memory.

Each query has a database of its own, in which the tables of the lake are views. DuckDB may open no file,
write nothing to disk, load no extension and change no setting. The files of the tables are read by Arrow,
outside of DuckDB.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import duckdb
import pyarrow.fs as pafs
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from ops.lake.delta import FAILS
from ops.lake.query_check import QueryError, check
from ops.lake.settings import S3
from ops.lake.storage import LakeError, LakeRefusedError, lake_error, options_of, table_url
from ops.lake.table_names import TABLES

_THREADS = 2
_CLOSED = (
    "SET TimeZone='UTC'",
    "SET temp_directory=''",
    "SET allow_community_extensions=false",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
)


@dataclass(frozen=True)
class Limits:
    """What a query may take."""

    seconds: float
    rows: int
    memory_mb: int


@dataclass(frozen=True)
class Answer:
    """The rows of a query; `is_cut` where there are more."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    is_cut: bool


@dataclass(frozen=True)
class Lake:
    """A lake: its tables, and why others cannot be read."""

    url: str
    tables: Sequence[str]
    refused: Mapping[str, LakeError]


def ask(url: str, sql: str, limits: Limits) -> Answer:
    """Return the answer to a query. Raises QueryError, LakeError."""
    with duckdb.connect(":memory:", config=_config(limits)) as connection:
        check(connection, sql)
        known, refused = _views(connection, url)
        for setting in _CLOSED:
            connection.execute(setting)
        with _interrupted(connection, limits.seconds) as ended:
            try:
                return _answer(connection, sql, limits.rows)
            except (duckdb.Error, MemoryError, OSError) as error:
                raise QueryError(_why(error, Lake(url, known, refused), limits, ended.is_set())) from None


def _config(limits: Limits) -> dict[str, Any]:
    return {
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": _THREADS,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "python_enable_replacements": False,  # a variable of ours is no table
    }


def _views(connection: duckdb.DuckDBPyConnection, url: str) -> tuple[list[str], dict[str, LakeError]]:
    """Make a view of each table that there is; return their names, and why others cannot be read."""
    known, refused = list[str](), dict[str, LakeError]()
    for name in TABLES:
        place = table_url(url, name)
        try:
            table = DeltaTable(place, storage_options=options_of(url))
            local = None if url.startswith(S3) else pafs.SubTreeFileSystem(place, pafs.LocalFileSystem())
            connection.register(name, table.to_pyarrow_dataset(filesystem=local))
        except TableNotFoundError:
            continue
        except FAILS as error:
            refused[name] = lake_error(url, error, name)
            if not isinstance(refused[name], LakeRefusedError):
                raise refused[name] from None
        else:
            known.append(name)
    return known, refused


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, most: int) -> Answer:
    relation = connection.sql(sql)
    rows = relation.limit(most + 1).fetchall()
    return Answer(relation.columns, rows[:most], len(rows) > most)


@contextmanager
def _interrupted(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[threading.Event]:
    """Interrupt what runs after so many seconds, again and again; the event says that it was."""
    ended, done = threading.Event(), threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            ended.set()
            connection.interrupt()
            wait = 0.2

    thread = threading.Thread(target=watch, name="query watch", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        done.set()
        thread.join()


def _why(error: Exception, lake: Lake, limits: Limits, is_late: bool) -> str:
    """Return why a query has no answer, with the mend."""
    if is_late:
        return f"the query took more than {limits.seconds:g} s: ask about fewer days (WHERE day >= ...), or raise lake.query_s"
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return f"the query needs more than {limits.memory_mb} MB: ask about fewer days or columns, or raise lake.query_memory_mb"
    text = " ".join(str(error).split())
    if isinstance(error, duckdb.CatalogException) and "Table with name" in text:
        return _no_table(text, lake)
    return f"the query cannot be answered: {text}"


def _no_table(text: str, lake: Lake) -> str:
    name, known = text.partition("Table with name ")[2].partition(" ")[0], lake.tables
    if name in lake.refused:
        return str(lake.refused[name])
    if not known:
        return f"the lake has no table yet: ringwatch archive fills it; {lake.url} was looked at"
    if name in TABLES:
        return f"the lake has no table {name} yet: name it in lake.tables; it has {', '.join(known)}"
    near = get_close_matches(name, known, n=1)
    return f"there is no table {name}; {f'did you mean {near[0]}? ' if near else ''}the lake has {', '.join(known)}"
