"""Backups of the store while it is in use, and the way back into an empty place.

SQLite's is one file, made by its online backup: of one moment, while others read and write. PostgreSQL's is
the custom format of pg_dump, which also is of one moment.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, inspect

from domain.whole_files import unfinished
from ops.cases.errors import StoreError
from ops.cases.store import Store
from ops.cases.tables import SessionRow

_PROGRAMS = Path("/usr/lib/postgresql")
"""Debian's place of PostgreSQL's programs, a folder a version."""
_DUMP = ("--format=custom", "--no-owner", "--no-privileges")
_RESTORE = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")


def back_up(store: Store, path: Path) -> int:
    """Write a backup of the store into a new file, readable by its owner only; return its size in bytes.

    Raises `StoreError`: the file is there, the database is no store, or it cannot be read.
    """
    if path.exists():
        raise StoreError(f"{path} is there: name another file, or move it away")
    if store.schema_version() is None:
        raise StoreError(f"the store {store.place} is empty: there is nothing to back up")
    with unfinished(path) as (made,):
        made.touch(mode=0o600)
        if store.is_sqlite:
            _copy(Path(store.url.database or ""), made)
        else:
            _run("pg_dump", [*_DUMP, f"--file={made}"], store)
    return path.stat().st_size


def restore(store: Store, path: Path) -> None:
    """Bring a backup into the place of a store that is not there yet, and upgrade it to this version.

    Everybody is logged out: a session that ended after the backup must not be there again.

    Raises `StoreError`: the place is taken, or the file is no backup of a store.
    """
    if not path.is_file():
        raise StoreError(f"{path} is no file: name a backup that ringwatch store backup wrote")
    if store.is_sqlite:
        _restore_sqlite(Path(store.url.database or ""), path)
    else:
        _restore_postgresql(store, path)
    store.upgrade()
    store.open()
    with store.begin() as session:
        session.execute(delete(SessionRow))


def _restore_sqlite(place: Path, path: Path) -> None:
    for taken in (place, *(place.with_name(place.name + ending) for ending in ("-wal", "-shm", "-journal"))):
        if taken.exists():
            raise StoreError(f"{taken} is there: move it away first, a backup comes into an empty place")
    with unfinished(place) as (made,):
        made.touch(mode=0o600)
        _copy(path, made)


def _restore_postgresql(store: Store, path: Path) -> None:
    with store.engine.connect() as connection:
        if tables := inspect(connection).get_table_names():
            raise StoreError(f"the database {store.place} holds {len(tables)} tables: a backup comes into an empty one")
    _run("pg_restore", [*_RESTORE, str(path)], store)


def _copy(source: Path, target: Path) -> None:
    """Copy a database of SQLite, whole, and check the copy."""
    try:
        with closing(_read_only(source)) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing)  # in one step: it sees one moment, and need not begin again when others write
            writing.execute("PRAGMA journal_mode=DELETE")  # the copy is one file
            found = writing.execute("PRAGMA integrity_check(1)").fetchone()[0]
            versions = writing.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be copied ({error}): it is no store of SQLite, or is damaged") from None
    if found != "ok" or not versions:
        raise StoreError(f"{source} is damaged ({found}): take another backup")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)


def _run(name: str, arguments: Sequence[str], store: Store) -> None:
    """Run a program of PostgreSQL; the password goes by the environment, which other users cannot read."""
    url = store.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(store.url.password)} if store.url.password else {})
    ran = subprocess.run(  # noqa: S603 - PostgreSQL's own program, no shell
        [str(_program(name)), *arguments, f"--dbname={url}"], env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        said = (ran.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise StoreError(f"{name} failed with exit code {ran.returncode} ({said})")


def _program(name: str) -> Path:
    """Return the newest program: one that is older than the server refuses to work."""
    versions = [folder for folder in _PROGRAMS.glob("*/bin") if folder.parent.name.isdecimal() and (folder / name).exists()]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name)) / name
    if found := shutil.which(name):
        return Path(found)
    raise StoreError(f"{name} is not installed: apt-get install postgresql-client")
