"""The store: one database, its transactions, and its version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from domain.errors import SettingError
from domain.json_text import as_json
from ops.cases import sqlite
from ops.cases.audit.chain import write_pending
from ops.cases.errors import StoreError
from ops.cases.migrations.versions_of_store import check_version, current_version, upgrade_tables
from ops.cases.settings import StoreSettings
from ops.cases.told import TELLS

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"


class Store:
    """The case store of one process. Threads share it; a session belongs to one thread.

    >>> with store.begin() as session:    # writes: all or nothing
    ...     claim(session, ...)
    >>> with store.read() as session:     # reads: one moment of the database, no lock
    ...     page = cases(session, ...)
    """

    def __init__(self, settings: StoreSettings, tells: bool = False) -> None:
        """Make the engine; nothing is opened before the first transaction. Raises `SettingError`.

        `tells`: write what happens to incidents into the outbox, for notifications.
        """
        self.settings, self.tells = settings, tells
        self.url = engine_url(settings.url)
        self.engine = _engine(self.url, settings)
        self._writing: Engine
        self._reading: Engine
        if self.is_sqlite:
            self._writing = self.engine.execution_options(**{sqlite.BEGIN: "IMMEDIATE"})
            self._reading = self.engine
        else:
            self._writing = self.engine
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.url.get_backend_name() == _SQLITE

    @property
    def place(self) -> str:
        """Where the database is, without a password."""
        if self.is_sqlite:
            return f"sqlite:{self.url.database}"
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True)

    def open(self) -> Store:
        """Bring the tables up to date, or refuse those that this code cannot use; return the store.

        Raises:
            StoreError: the database does not answer, is older and `upgrade` is off, or is too new.
        """
        try:
            if self.settings.upgrade:
                self.upgrade()
            with self._named_errors(), self._reading.connect() as connection:
                check_version(connection, self.place)
        except BaseException:
            self.close()
            raise
        return self

    def upgrade(self) -> None:
        """Make or upgrade the tables: one process does it, the others wait. A store that is newer stays."""
        if self.is_sqlite:
            sqlite.make_place(Path(self.url.database or ""))
        with self._named_errors(), self._writing.begin() as connection:
            upgrade_tables(connection, self.place)

    def schema_version(self) -> str | None:
        """Return the number of the newest migration in the database, None in an empty one."""
        if self.is_sqlite and not Path(self.url.database or "").exists():
            return None  # a connection would make the file
        with self._named_errors(), self._reading.connect() as connection:
            return current_version(connection)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Lend a session for one transaction, committed at the end. What was audited in it is written last.

        Raises `StoreError` if the database is away or stays locked.
        """
        with self._named_errors(), self._writing_session() as session, session.begin():
            yield session
            session.flush()
            write_pending(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Lend a session that sees one moment of the database: counts agree with lists."""
        with self._named_errors(), Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    def check(self) -> None:
        """Raise `StoreError` unless the database answers; for the readiness of a service."""
        with self._named_errors(), self._reading.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _writing_session(self) -> Session:
        return Session(self._writing, expire_on_commit=False, info={TELLS: self.tells})

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not _is_away(error):
                raise
            said = _first_line(error)
            raise StoreError(f"the store {self.place} does not answer ({said}): {_mend(said, self.is_sqlite)}") from error


def engine_url(url: str) -> URL:
    """Return what SQLAlchemy connects to. Raises `SettingError` for another database than the two."""
    scheme, _, rest = url.partition(":")
    if scheme == _SQLITE and rest and not rest.startswith("//"):
        return URL.create(_SQLITE, database=rest)
    try:
        made = make_url(url)
    except ArgumentError:
        made = URL.create("")
    if made.get_backend_name() == _POSTGRESQL and made.database:
        return made.set(drivername="postgresql+psycopg")
    raise SettingError("service.store.url must be sqlite:PATH or postgresql://USER@HOST/NAME, such as sqlite:run/store.db")


def _engine(url: URL, settings: StoreSettings) -> Engine:
    if url.get_backend_name() == _SQLITE:
        engine = create_engine(
            url,
            json_serializer=as_json,
            connect_args={"timeout": settings.busy_s},
            pool_size=settings.connections,
            pool_timeout=settings.busy_s,
        )
        sqlite.prepare(engine)
        return engine
    return create_engine(
        url,
        json_serializer=as_json,
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=settings.busy_s,
        pool_pre_ping=True,
        connect_args={"connect_timeout": max(2, round(settings.busy_s)), "options": f"-c lock_timeout={round(settings.busy_s * 1000)}"},
    )


def _is_away(error: DBAPIError) -> bool:
    """Return whether the database is out of reach or busy, not our statement wrong."""
    return error.connection_invalidated or type(error).__name__ == "OperationalError"


def _mend(said: str, is_sqlite: bool) -> str:
    """Return what to do about the database's own words."""
    if "authentication" in said or "does not exist" in said:
        return "correct service.store.url, or RINGWATCH_STORE_URL in the environment"
    if is_sqlite and "locked" not in said:
        return "see that its folder is there, that this user may write into it, and that the disk is not full"
    return "try again when it does"


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]


def backend_of(session: Session | Connection) -> str:
    """Return sqlite or postgresql."""
    return session.get_bind().dialect.name if isinstance(session, Session) else session.dialect.name
