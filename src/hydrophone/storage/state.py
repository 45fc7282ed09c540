"""`state.db`: what the server itself keeps, in SQLite by SQLAlchemy, migrated when it is opened.

Write-ahead logging lets readers and one writer work side by side, in any number of processes.
`synchronous=NORMAL` keeps every commit through a crash of the process; a power cut may take the
last ones, never the database. Every transaction says at its start whether it will write, because
SQLite refuses at once, without waiting, to turn a reading one into a writing one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from hydrophone.errors import NotConfigured, StorageError
from hydrophone.storage.state_migrations import HEAD
from hydrophone.storage.state_tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_TIMEOUT_S = 10.0
UPGRADE_TIMEOUT_S = 60.0
_CONNECTIONS = 4
_BEGIN = "hydrophone_begin"
_MIGRATIONS = Path(__file__).parent / "state_migrations"


class State:
    """The open database. Close it when done; it must not be used in two event loops."""

    def __init__(self, path: Path, engine: AsyncEngine) -> None:
        self.path = path
        self._engine = engine

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One unchanging view of the database. Raises StorageError."""
        async with self._transaction("BEGIN") as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits on leaving and rolls back on an error.

        Waits up to BUSY_TIMEOUT_S for another writer. Raises StorageError; SQLAlchemy's
        IntegrityError is its `__cause__` when a constraint refused the change.
        """
        async with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.execution_options(**{_BEGIN: begin}).begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StorageError(f"the database {self.path} failed: {_cause(error)}") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


async def open_state(url_or_path: str | Path) -> State:
    """Open `state.db`, made and brought to the newest form first.

    A path or a URL `sqlite:///path`. Any number of processes may open it at once: one migrates,
    under a file lock, the others wait. Raises NotConfigured for another kind of database and
    StorageError when the file cannot be used.
    """
    path = state_path(url_or_path)
    await asyncio.to_thread(_prepare, path)
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), pool_size=_CONNECTIONS, max_overflow=0
    )
    _tune(engine.sync_engine)
    return State(path, engine)


def state_path(url_or_path: str | Path) -> Path:
    """The database's file. Raises NotConfigured when it is not an SQLite file."""
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path).expanduser().absolute()
    try:
        url = make_url(url_or_path)
    except ArgumentError as error:
        raise NotConfigured("the database's URL cannot be read; use sqlite:///PATH") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise NotConfigured(
            f"a database of kind {url.drivername!r} is not supported; use sqlite:///PATH"
        )
    return Path(url.database).expanduser().absolute()


def upgrade(path: Path, revision: str = "head") -> None:
    """Bring the file up to `revision`, all steps in one transaction.

    Raises SQLAlchemy's and alembic's errors as they are.
    """
    from alembic import command

    with _migrating(path) as config:
        command.upgrade(config, revision)


def downgrade(path: Path, revision: str) -> None:
    """Bring the file down to `revision`; "base" is an empty database. Errors as in `upgrade`."""
    from alembic import command

    with _migrating(path) as config:
        command.downgrade(config, revision)


@contextmanager
def _migrating(path: Path) -> Iterator[Config]:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    _tune(engine)
    with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
        yield alembic_config(connection)


def alembic_config(connection: Connection) -> Config:
    """What alembic needs to know, without a file: where the migrations are, and what to migrate."""
    from alembic.config import Config

    config = Config()
    # A per cent sign would be read as the start of a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _prepare(path: Path) -> None:
    try:
        if not _is_at_head(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _bring_to_head(path)
    except OSError as error:
        raise StorageError(
            f"cannot use {path}: {error.strerror or error}; "
            "make its folder writable or choose another with HYDROPHONE_DATA_DIR"
        ) from error
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise StorageError(f"cannot use {path} as a database: {_cause(error)}") from error


def _is_at_head(path: Path) -> bool:
    """Whether there is nothing to do, as at most starts; a migration is there whole or not."""
    if not path.exists() or not os.access(path, os.W_OK):
        return False
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return mode == "wal" and _revision(path) == HEAD


def _bring_to_head(path: Path) -> None:
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=UPGRADE_TIMEOUT_S):
            # Only the owner may read it: SQLite gives its side files the same permissions.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            _use_write_ahead_log(path)
            _upgrade_to_head(path)
    except Timeout as error:
        raise StorageError(
            f"another process has been upgrading {path} for {UPGRADE_TIMEOUT_S:.0f} s; "
            "wait for it or stop it, then start again"
        ) from error


def _upgrade_to_head(path: Path) -> None:
    current = _revision(path)
    if current == HEAD:
        return
    if current is None and _is_empty(path):
        _create_at_head(path)
        return
    if current is not None and current > HEAD:
        raise StorageError(
            f"{path} was written by a newer Hydrophone (form {current}, this one knows {HEAD}); "
            "install that version or use another data folder"
        )
    upgrade(path)


def _is_empty(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def _create_at_head(path: Path) -> None:
    """A new database as all migrations would leave it, without importing alembic."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    _tune(engine)
    with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
        METADATA.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _revision(path: Path) -> str | None:
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if tables.fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def _use_write_ahead_log(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _tune(engine: Engine) -> None:
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: `_on_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")  # jobs and pages that are forgotten are gone
    cursor.close()


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _cause(error: Exception) -> str:
    # SQLAlchemy's own message repeats the statement and its values; the driver's does not.
    return str(getattr(error, "orig", None) or error)
